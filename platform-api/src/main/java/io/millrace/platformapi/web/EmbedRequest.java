package io.millrace.platformapi.web;

import io.millrace.platformapi.http.ApiRequest;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What an address of the player says:
/// `/[s/]p/{pid}[/sp/{spid}]/embedPlaykitJs/key/value/…?key=value` (kaltura-v3 d.5).
///
/// @param parameters those of the query, and below them those of the path
record EmbedRequest(int partnerId, Map<String, String> parameters) {
    private static final String VERB = "embedPlaykitJs";

    /// @return empty for the address of something else
    static Optional<EmbedRequest> of(ApiRequest request) {
        String[] part = request.path().split("/");
        int i = 1;
        if (part.length > i && part[i].equals("s")) {
            i++;
        }
        if (part.length <= i + 2 || !part[i].equals("p") || !part[i + 1].matches("\\d{1,9}")) {
            return Optional.empty();
        }
        int partnerId = Integer.parseInt(part[i + 1]);
        i += 2;
        if (part[i].equals("sp")) {
            i += 2;
        }
        if (i >= part.length || !part[i].equals(VERB)) {
            return Optional.empty();
        }
        var parameters = new LinkedHashMap<String, String>();
        for (i++; i < part.length; i += 2) {
            parameters.put(decode(part[i]), i + 1 < part.length ? decode(part[i + 1]) : "");
        }
        for (String pair : request.rawQuery().split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                parameters.put(
                        decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return Optional.of(new EmbedRequest(partnerId, parameters));
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text;
        }
    }

    String get(String name) {
        return parameters.getOrDefault(name, "");
    }

    boolean is(String name) {
        return get(name).equals("true") || get(name).equals("1");
    }

    /// The value when it is of the form; empty otherwise. Whatever passes is put into pages.
    String get(String name, String form) {
        String value = get(name);
        return value.matches(form) ? value : "";
    }

    String entryId() {
        return get("entry_id", "[0-9A-Za-z_]{1,40}");
    }

    /// Whether the answer is a page rather than a script: asked for by name, or a browser that goes
    /// there.
    boolean wantsPage(ApiRequest request) {
        String iframe = get("iframeembed");
        if (!iframe.isEmpty()) {
            return is("iframeembed");
        }
        String destination = request.header("sec-fetch-dest");
        if (!destination.isEmpty()) {
            return destination.equals("document")
                    || destination.equals("iframe")
                    || destination.equals("frame");
        }
        return request.header("accept").contains("text/html");
    }
}
