package io.millrace.liveingest.webcam;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// What page and server say to each other, as JSON in text messages. Binary messages are the
/// recorder's bytes, one behind the other, however they are cut.
///
///     page:   hello {session, key, partner, mime, offset}     offset: the first byte it still has
///     server: ready {offset}                                  go on from there
///             restart {message}                               that session is not known (any more)
///             refused {reason, message, retry}                and closes
///     page:   (bytes)
///     server: live {live, message}                            what became of it
///             ack {offset}                                    these need not be kept any more
///     page:   end {offset}                                    that was all
///     server: ended {offset}                                  and closes
///
/// A session is the bytes of one recorder; its id is 32 hexadecimal digits that the page draws. A
/// page whose connection broke says the same hello again.
sealed interface WebcamMessage {
    int MAX_MIME = 120;
    Pattern SESSION = Pattern.compile("[0-9a-f]{32}");

    /// What pages send.
    ///
    /// @param key the stream's; never logged
    /// @param partner Kaltura's `p`, or empty
    record Hello(String session, String key, String partner, String mime, long offset)
            implements WebcamMessage {
        @Override
        public String toString() {
            return "Hello[mime=" + mime + ", offset=" + offset + "]";
        }
    }

    record End(long offset) implements WebcamMessage {}

    JsonMapper JSON = JsonMapper.builder().build();

    /// @return null when it is none
    static @Nullable WebcamMessage read(String text) {
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JacksonException _) {
            return null;
        }
        long offset = json.path("offset").asLong(-1);
        if (offset < 0) {
            return null;
        }
        return switch (json.path("type").asString("")) {
            case "hello" -> {
                String session = json.path("session").asString("");
                String mime = json.path("mime").asString("");
                yield SESSION.matcher(session).matches() && mime.length() <= MAX_MIME
                        ? new Hello(
                                session,
                                json.path("key").asString(""),
                                json.path("partner").asString(""),
                                mime,
                                offset)
                        : null;
            }
            case "end" -> new End(offset);
            default -> null;
        };
    }

    static String ready(long offset) {
        return write("ready", Map.of("offset", offset));
    }

    static String restart(String message) {
        return write("restart", Map.of("message", message));
    }

    static String live(boolean live, String message) {
        return write("live", Map.of("live", live, "message", message));
    }

    static String ack(long offset) {
        return "{\"type\":\"ack\",\"offset\":" + offset + "}";
    }

    static String ended(long offset) {
        return write("ended", Map.of("offset", offset));
    }

    /// @param reason a word for programs
    /// @param retry whether the same may succeed a little later
    static String refused(String reason, String message, boolean retry) {
        return write("refused", Map.of("reason", reason, "message", message, "retry", retry));
    }

    private static String write(String type, Map<String, ?> fields) {
        var all = new LinkedHashMap<String, Object>();
        all.put("type", type);
        all.putAll(fields);
        return JSON.writeValueAsString(all);
    }
}
