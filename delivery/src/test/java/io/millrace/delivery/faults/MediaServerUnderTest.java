package io.millrace.delivery.faults;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalFolder;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/// The delivery server with everything real, on a port of its own, unsigned: a store at `/vod/` and
/// `/file/`, a folder at `/local/`.
final class MediaServerUnderTest implements AutoCloseable {
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EventLoops loops = EventLoops.start(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final DeliveryRoutes routes;
    private final HttpServer server;

    MediaServerUnderTest(BlobStore store, Path folder, Duration deadline) throws IOException {
        DeliveryOptions defaults = DeliveryOptions.DEFAULT;
        routes =
                new DeliveryRoutes(
                        new DeliveryOptions(
                                Duration.ofSeconds(2),
                                defaults.indexCacheBytes(),
                                defaults.documentCacheBytes(),
                                true,
                                2,
                                defaults.segmentCacheBytes(),
                                defaults.segmentMemoryBytes()),
                        null,
                        InstantSource.system(),
                        meters);
        routes.serveStore(store);
        routes.serveFolder("/local/", new LocalFolder(folder), true, deadline);
        var router = new HttpRouter();
        routes.addTo(router);
        server =
                new HttpServer(
                                HttpServerOptions.of("test", "127.0.0.1", 0).withMeters(meters),
                                router,
                                loops)
                        .start();
    }

    int port() {
        return server.localPort();
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return client.send(request(path), HttpResponse.BodyHandlers.ofByteArray());
    }

    CompletableFuture<HttpResponse<byte[]>> getAsync(String path) {
        return client.sendAsync(request(path), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(60))
                .build();
    }

    /// The longest that an event loop was late so far, in milliseconds.
    double longestLoopDelayMs() {
        return meters.get("millrace.http.eventloop.delay")
                .timer()
                .max(java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        server.drain(Duration.ofSeconds(1));
        routes.close();
        loops.close();
        client.close();
    }
}
