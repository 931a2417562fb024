package io.millrace.liveingest.info;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Who watches other nodes' streams on one node: what it tells those nodes, as JSON in the body of
/// a POST to {@link #PATH} below `/live/`, with a token signed for {@link #SIGNED} as `Authorization:
/// Bearer`:
///
///     {"node": "edge-1", "streams": {"cam": {"hls": 5, "rtmp": 1}, "hall": {}}}
///
/// The answer names those that the node asked does not have: `{"unknown": ["hall"]}`.
///
/// @param streams by stream, then by kind; without a kind, nobody watches any more
public record NodeViewers(String node, Map<String, Map<String, Integer>> streams) {
    /// Where it is told, below `/live/`.
    public static final String PATH = "viewers";

    /// No stream has this name, so no viewer has a token for it.
    public static final String SIGNED = "nodes:viewers/";

    /// Of a request's body, and of its answer.
    public static final int MAX_BYTES = 512 << 10;

    /// In one request.
    public static final int MAX_STREAMS = 500;

    private static final int MAX_KINDS = 8;
    private static final int MAX_NAME = 255;
    private static final int MAX_VIEWERS = 10_000_000;
    private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9-]{0,15}");

    /// A node of another version may say more.
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private record Wire(
            @Nullable String node,
            @Nullable Map<String, @Nullable Map<String, @Nullable Integer>> streams) {}

    private record Answer(@Nullable List<@Nullable String> unknown) {}

    public NodeViewers {
        if (node.isBlank()
                || node.length() > MAX_NAME
                || node.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "node: " + quoted(node) + " (expected: a name of 1 to 255 characters)");
        }
        if (streams.size() > MAX_STREAMS) {
            throw new IllegalArgumentException(
                    "streams: " + streams.size() + " (expected: at most " + MAX_STREAMS + ")");
        }
        streams.forEach(NodeViewers::check);
    }

    private static void check(String stream, Map<String, Integer> kinds) {
        if (stream.length() > MAX_NAME) {
            throw new IllegalArgumentException("stream: " + quoted(stream) + " (too long)");
        }
        if (kinds.size() > MAX_KINDS) {
            throw new IllegalArgumentException(
                    quoted(stream) + ": " + kinds.size() + " kinds (expected: at most 8)");
        }
        kinds.forEach(
                (kind, number) -> {
                    if (!KIND.matcher(kind).matches()) {
                        throw new IllegalArgumentException(
                                quoted(stream) + ": kind " + quoted(kind) + " (expected: hls, …)");
                    }
                    if (number < 0 || number > MAX_VIEWERS) {
                        throw new IllegalArgumentException(
                                quoted(stream) + ": " + number + " viewers (expected: 0 to 10^7)");
                    }
                });
    }

    /// @throws IllegalArgumentException when it is something else; the message says what
    public static NodeViewers read(byte[] json) {
        Wire wire;
        try {
            wire = JSON.readValue(json, Wire.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not the JSON expected: " + e.getOriginalMessage());
        }
        if (wire == null || wire.node() == null || wire.streams() == null) {
            throw new IllegalArgumentException("node or streams missing");
        }
        var streams = new HashMap<String, Map<String, Integer>>();
        wire.streams()
                .forEach(
                        (stream, kinds) -> {
                            var counts = new TreeMap<String, Integer>();
                            if (kinds == null) {
                                throw new IllegalArgumentException(quoted(stream) + ": null");
                            }
                            kinds.forEach(
                                    (kind, number) -> {
                                        if (number == null) {
                                            throw new IllegalArgumentException(
                                                    quoted(stream)
                                                            + ": "
                                                            + quoted(kind)
                                                            + ": null");
                                        }
                                        counts.put(kind, number);
                                    });
                            streams.put(stream, counts);
                        });
        return new NodeViewers(wire.node(), streams);
    }

    public byte[] write() {
        return JSON.writeValueAsBytes(Map.of("node", node, "streams", streams));
    }

    static byte[] answer(List<String> unknown) {
        return JSON.writeValueAsBytes(Map.of("unknown", unknown));
    }

    /// Which streams the node that answered does not have.
    ///
    /// @throws IllegalArgumentException when it is no such answer
    public static List<String> readAnswer(byte[] json) {
        try {
            Answer answer = JSON.readValue(json, Answer.class);
            if (answer != null && answer.unknown() != null) {
                return List.copyOf(answer.unknown());
            }
        } catch (JacksonException | NullPointerException e) {
            throw new IllegalArgumentException("not the JSON expected: " + e.getMessage());
        }
        throw new IllegalArgumentException("not the JSON expected");
    }

    private static String quoted(String text) {
        String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
        return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
