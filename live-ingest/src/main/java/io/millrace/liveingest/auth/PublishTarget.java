package io.millrace.liveingest.auth;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a publisher wants to publish, out of the three places where encoders put it: the query of
/// tcUrl, of the application and of the stream name. Later places win.
///
/// Kaltura's form is `rtmp://host/kLive?p=PARTNER&e=ENTRY&i=INDEX&t=TOKEN` with the stream name
/// `{entryId}_{ingest}`; ffmpeg, which takes one URL, is given the query behind the name. Without
/// `e` the name alone says the entry. The key is `t`, `token` or `key`.
public sealed interface PublishTarget {
    Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");
    Pattern KALTURA_NAME = Pattern.compile("([0-9]_[A-Za-z0-9]{8})(?:_([0-9]{1,3}))?");

    String DEFAULT_INSTANCE = "_definst_";

    /// All there is to ask with.
    record Named(PublishRequest request) implements PublishTarget {}

    /// Nothing that could be published.
    ///
    /// @param message for the person at the encoder
    record Unusable(String message) implements PublishTarget {}

    /// Reads connect's and publish's strings as they came.
    static PublishTarget read(String tcUrl, String rawApp, String rawName, String remoteAddress) {
        Map<String, String> parameters = parameters(tcUrl, rawApp, rawName);
        String app = strip(beforeQuery(rawApp.isEmpty() ? path(tcUrl) : rawApp));
        // Hardware encoders name the application's default instance, as Wowza's manual tells them.
        if (app.equals(DEFAULT_INSTANCE) || app.endsWith("/" + DEFAULT_INSTANCE)) {
            app = strip(app.substring(0, app.length() - DEFAULT_INSTANCE.length()));
        }
        String name = strip(beforeQuery(rawName));
        if (name.startsWith(DEFAULT_INSTANCE + "/")) {
            name = name.substring(DEFAULT_INSTANCE.length() + 1);
        }
        for (String prefix : new String[] {"mp4:", "flv:"}) {
            if (name.startsWith(prefix)) {
                name = strip(name.substring(prefix.length()));
            }
        }
        if (name.indexOf('%') >= 0) {
            name = decode(name);
        }
        String entry = parameters.getOrDefault("e", "");
        if (name.isEmpty() && entry.isEmpty()) {
            // Phones: everything in the application, the last segment being the name.
            int slash = app.lastIndexOf('/');
            if (slash > 0) {
                name = app.substring(slash + 1);
                app = app.substring(0, slash);
            }
        }
        if (name.isEmpty()) {
            name = entry;
        }
        if (!isName(name)) {
            return new Unusable(
                    "The stream name must be 1 to 128 letters, digits, '_', '-' or '.'.");
        }
        Matcher kaltura = KALTURA_NAME.matcher(name);
        if (!entry.isEmpty()) {
            if (!isName(entry)) {
                return new Unusable("The entry id in the URL (e=) is not a name.");
            }
            boolean same =
                    name.equals(entry)
                            || (name.startsWith(entry + "_")
                                    && name.substring(entry.length() + 1).matches("[0-9]{1,3}"));
            if (!same) {
                return new Unusable(
                        "The stream name must be the entry's: " + entry + "_1, not " + name + ".");
            }
        } else {
            entry = kaltura.matches() ? kaltura.group(1) : name;
        }
        String token = first(parameters, "t", "token", "key");
        return new Named(
                new PublishRequest(
                        entry,
                        parameters.getOrDefault("p", ""),
                        "1".equals(parameters.get("i")) ? 1 : 0,
                        token,
                        name,
                        app,
                        remoteAddress,
                        parameters));
    }

    /// The query parameters of what a client sent in connect and in publish or play, merged: they
    /// put them here or there.
    static Map<String, String> parameters(String tcUrl, String rawApp, String rawName) {
        Map<String, String> parameters = new LinkedHashMap<>();
        query(tcUrl, parameters);
        query(rawApp, parameters);
        query(rawName, parameters);
        return parameters;
    }

    /// An application or URL without what may hold a key; for logs.
    static String beforeQuery(String text) {
        int question = text.indexOf('?');
        return question < 0 ? text : text.substring(0, question);
    }

    /// What comes behind the host of `rtmp://host[:port]/path`.
    private static String path(String url) {
        int scheme = url.indexOf("://");
        int slash = scheme < 0 ? -1 : url.indexOf('/', scheme + 3);
        return slash < 0 ? "" : url.substring(slash + 1);
    }

    private static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.contains("..") && !text.startsWith(".");
    }

    private static String first(Map<String, String> parameters, String... names) {
        for (String name : names) {
            @Nullable String value = parameters.get(name);
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return "";
    }

    private static String strip(String path) {
        int start = 0;
        int end = path.length();
        while (start < end && path.charAt(start) == '/') {
            start++;
        }
        while (end > start && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(start, end);
    }

    /// At most 32 parameters; what can't be decoded is taken as it is.
    private static void query(String text, Map<String, String> into) {
        int question = text.indexOf('?');
        if (question < 0) {
            return;
        }
        // librtmp puts the name behind the query of a tcUrl-like server field; `?` may come twice.
        for (String pair : text.substring(question + 1).split("[&?]", 33)) {
            int equals = pair.indexOf('=');
            if (equals > 0 && into.size() < 32) {
                into.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text;
        }
    }
}
