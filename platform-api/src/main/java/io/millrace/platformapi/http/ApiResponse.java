package io.millrace.platformapi.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// An answer, ready to send. The HTTP server adds `Content-Length`, `Date` and, for a HEAD request,
/// leaves the body away. An action that serves a file returns one of these itself.
///
/// @param headers in order; names as they are to be written
public record ApiResponse(int status, Map<String, String> headers, byte[] body) {
    public static ApiResponse of(int status, String contentType, byte[] body) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", contentType);
        return new ApiResponse(status, headers, body);
    }

    public static ApiResponse text(int status, String contentType, String body) {
        return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    public static ApiResponse redirect(String location) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Location", location);
        return new ApiResponse(302, headers, new byte[0]);
    }

    public ApiResponse with(String name, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new ApiResponse(status, more, body);
    }
}
