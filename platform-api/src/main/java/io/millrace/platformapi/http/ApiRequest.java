package io.millrace.platformapi.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A request as an HTTP server hands it over.
///
/// @param path raw, as on the wire: percent signs not decoded, without the query
/// @param rawQuery after the `?`, not decoded; empty when there is none
/// @param headers by lower-case name
/// @param remoteAddress the client's IP address, as text
/// @param baseUrl scheme, host and port under which the client reached us, without a slash at the
///   end
/// @param body of a request that is not multipart; empty otherwise
/// @param fields the parts of a multipart body that are not files
/// @param files the parts that are
public record ApiRequest(
        String method,
        String path,
        String rawQuery,
        Map<String, String> headers,
        String remoteAddress,
        String baseUrl,
        byte[] body,
        List<FormField> fields,
        List<UploadedFile> files) {
    /// The longest body that is not multipart; the HTTP server refuses longer ones before it reads
    /// them.
    public static final int MAX_BODY_BYTES = 4 * 1024 * 1024;

    /// @param value decoded from UTF-8
    public record FormField(String name, String value) {}

    /// A request without a body.
    public static ApiRequest get(
            String path,
            String rawQuery,
            Map<String, String> headers,
            String remoteAddress,
            String baseUrl) {
        return new ApiRequest(
                "GET",
                path,
                rawQuery,
                headers,
                remoteAddress,
                baseUrl,
                new byte[0],
                List.of(),
                List.of());
    }

    /// The path for a log: without a session token that stands in it.
    public String shownPath() {
        return path.replaceAll("(?i)(/ks/)[^/]+", "$1*");
    }

    public String header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
}
