package io.millrace.platformapi.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// Puts a dispatcher behind the JDK's HTTP server, so that real clients can call it. Reads
/// multipart bodies whole.
public final class ApiHttpServer implements AutoCloseable {
    private final HttpServer server;

    public ApiHttpServer(Function<ApiRequest, ApiResponse> handler) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> serve(handler, exchange));
        server.start();
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void serve(Function<ApiRequest, ApiResponse> handler, HttpExchange exchange)
            throws IOException {
        try (exchange) {
            var headers = new HashMap<String, String>();
            exchange.getRequestHeaders()
                    .forEach(
                            (name, values) ->
                                    headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
            byte[] body = exchange.getRequestBody().readAllBytes();
            var fields = new ArrayList<ApiRequest.FormField>();
            var files = new ArrayList<UploadedFile>();
            String type = headers.getOrDefault("content-type", "");
            if (type.startsWith("multipart/form-data")) {
                parts(body, type.substring(type.indexOf("boundary=") + 9), fields, files);
                body = new byte[0];
            }
            URI uri = exchange.getRequestURI();
            String query = uri.getRawQuery();
            var request =
                    new ApiRequest(
                            exchange.getRequestMethod(),
                            uri.getRawPath(),
                            query == null ? "" : query,
                            Map.copyOf(headers),
                            "127.0.0.1",
                            address().toString(),
                            body,
                            fields,
                            files);
            ApiResponse response = handler.apply(request);
            response.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(
                    response.status(), response.body().length == 0 ? -1 : response.body().length);
            exchange.getResponseBody().write(response.body());
        }
    }

    private static void parts(
            byte[] body,
            String boundary,
            List<ApiRequest.FormField> fields,
            List<UploadedFile> files) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        String[] parts = text.split("(\r\n)?--\\Q" + boundary + "\\E(--)?\r\n");
        for (String part : parts) {
            int end = part.indexOf("\r\n\r\n");
            if (end < 0) {
                continue;
            }
            String content = part.substring(end + 4);
            String name = attribute(part.substring(0, end), "name");
            String fileName = attribute(part.substring(0, end), "filename");
            if (fileName.isEmpty()) {
                fields.add(
                        new ApiRequest.FormField(
                                name,
                                new String(
                                        content.getBytes(StandardCharsets.ISO_8859_1),
                                        StandardCharsets.UTF_8)));
            } else {
                try {
                    Path file = Files.createTempFile("part", "");
                    file.toFile().deleteOnExit();
                    Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
                    files.add(new UploadedFile(name, fileName, file, content.length()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static String attribute(String head, String name) {
        int start = head.indexOf(" " + name + "=\"");
        return start < 0
                ? ""
                : head.substring(
                        start + name.length() + 3, head.indexOf('"', start + name.length() + 3));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
