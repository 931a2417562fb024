package io.millrace.delivery.vod;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.Objects;

/// Delivery's routes behind a real listener of one event loop, with a client. The test adds what is
/// served to {@link #routes}, then starts it.
final class ServedRoutes implements AutoCloseable {
    private final EventLoops loops = EventLoops.start(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpRouter router = new HttpRouter();
    private final DeliveryRoutes routes;
    private @Nullable HttpServer server;

    ServedRoutes(DeliveryOptions options) {
        routes =
                new DeliveryRoutes(
                        options, null, InstantSource.system(), new SimpleMeterRegistry());
    }

    DeliveryRoutes routes() {
        return routes;
    }

    void start() throws IOException {
        routes.addTo(router);
        server = listen("test", router);
    }

    /// Another listener on the same loop; the caller closes it.
    HttpServer listen(String name, HttpRouter of) throws IOException {
        return new HttpServer(HttpServerOptions.of(name, "127.0.0.1", 0), of, loops).start();
    }

    HttpClient client() {
        return client;
    }

    String url(String path) {
        return "http://127.0.0.1:" + Objects.requireNonNull(server).localPort() + path;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    byte[] bytes(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofByteArray()).body();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url(path)));
    }

    @Override
    public void close() {
        client.close();
        if (server != null) {
            server.close();
        }
        routes.close();
        loops.close();
    }
}
