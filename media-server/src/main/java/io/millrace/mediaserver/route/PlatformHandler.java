package io.millrace.mediaserver.route;

import io.millrace.delivery.http.BlockingHandler;
import io.millrace.delivery.http.FormReader;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.http.UploadedFile;
import io.millrace.storage.blob.BlobStore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// Turns an HTTP exchange into an {@link ApiRequest} and its answer into a reply, on a virtual
/// thread.
///
/// File parts of a multipart body go to a folder on the blob store's own volume, so that keeping
/// one is a rename. What no service moved away is removed when the request is over. Thread-safe.
public final class PlatformHandler implements BlockingHandler {
    /// Sub-requests of one multirequest each bring some fields.
    private static final FormReader.Limits FORM = new FormReader.Limits(10_000, 1 << 20, 32);

    /// Headers that the HTTP server writes itself, for every reply.
    private static final List<String> SERVERS_OWN =
            List.of("content-type", "content-length", "date", "server");

    /// Request headers that the platform reads.
    private static final List<String> READ =
            List.of(
                    "content-type",
                    "accept",
                    "accept-encoding",
                    "accept-language",
                    "authorization",
                    "if-none-match",
                    "referer",
                    "sec-fetch-dest",
                    "user-agent",
                    "x-kaltura-ks",
                    "x-request-id");

    private final Function<ApiRequest, ApiResponse> platform;
    private final BlobStore blobs;
    private final String publicUrl;

    /// @param publicUrl for URLs in answers; empty: what the client used
    public PlatformHandler(
            Function<ApiRequest, ApiResponse> platform, BlobStore blobs, String publicUrl) {
        this.platform = platform;
        this.blobs = blobs;
        this.publicUrl = publicUrl;
    }

    @Override
    public HttpReply handle(HttpExchange exchange) throws IOException, HttpProblem {
        String type = exchange.header("Content-Type");
        if (type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            return multipart(exchange);
        }
        return reply(platform.apply(request(exchange, body(exchange), List.of(), List.of())));
    }

    private HttpReply multipart(HttpExchange exchange) throws IOException {
        Path folder = blobs.newStagingFolder("upload");
        try (FormReader.Form form = FormReader.read(exchange, folder, FORM)) {
            var fields = new ArrayList<ApiRequest.FormField>();
            var files = new ArrayList<UploadedFile>();
            for (FormReader.Field field : form.fields()) {
                switch (field) {
                    case FormReader.Value(String name, String value) ->
                            fields.add(new ApiRequest.FormField(name, value));
                    case FormReader.FilePart part ->
                            files.add(
                                    new UploadedFile(
                                            part.name(),
                                            part.fileName(),
                                            part.file(),
                                            part.sizeBytes()));
                }
            }
            return reply(platform.apply(request(exchange, new byte[0], fields, files)));
        } finally {
            Files.deleteIfExists(folder);
        }
    }

    private static byte[] body(HttpExchange exchange) throws IOException, HttpProblem {
        if (exchange.contentLength() == 0) {
            return new byte[0];
        }
        if (exchange.contentLength() > ApiRequest.MAX_BODY_BYTES) {
            throw tooLarge();
        }
        try (InputStream in = exchange.bodyStream()) {
            byte[] body = in.readNBytes(ApiRequest.MAX_BODY_BYTES + 1);
            if (body.length > ApiRequest.MAX_BODY_BYTES) {
                throw tooLarge();
            }
            return body;
        }
    }

    private static HttpProblem tooLarge() {
        return new HttpProblem(
                413,
                "The body is larger than "
                        + ApiRequest.MAX_BODY_BYTES
                        + " bytes; send files as multipart/form-data.");
    }

    private ApiRequest request(
            HttpExchange exchange,
            byte[] body,
            List<ApiRequest.FormField> fields,
            List<UploadedFile> files) {
        var headers = new HashMap<String, String>();
        for (String name : READ) {
            String value = exchange.header(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        headers.put("x-request-id", exchange.requestId());
        return new ApiRequest(
                exchange.method(),
                exchange.rawPath(),
                exchange.rawQuery(),
                Map.copyOf(headers),
                exchange.remoteAddress().getAddress().getHostAddress(),
                publicUrl.isEmpty() ? exchange.baseUrl() : publicUrl,
                body,
                fields,
                files);
    }

    private static HttpReply reply(ApiResponse response) {
        HttpReply reply =
                HttpReply.bytes(
                        response.status(),
                        response.headers()
                                .getOrDefault("Content-Type", "text/plain; charset=utf-8"),
                        response.body());
        response.headers()
                .forEach(
                        (name, value) -> {
                            String lower = name.toLowerCase(Locale.ROOT);
                            if (!SERVERS_OWN.contains(lower)
                                    && !lower.startsWith("access-control-")) {
                                reply.header(name, value);
                            }
                        });
        return reply;
    }
}
