package io.millrace.liveingest.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.liveingest.info.ViewersElsewhere;
import io.millrace.liveingest.info.ViewersHandler;
import io.millrace.storage.sign.PathSigner;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// An edge tells real servers who watches; some of them are not what they should be.
class ViewerTellerTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Duration OFTEN = Duration.ofMillis(50);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EventLoops loops = EventLoops.start(1);
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<URI> nodes = new CopyOnWriteArrayList<>();
    private final Map<String, Map<String, Integer>> watching = new ConcurrentHashMap<>();
    private final Set<String> own = ConcurrentHashMap.newKeySet();

    /// A node, and what it knows.
    private final class Node implements AutoCloseable {
        private final Set<String> streams = ConcurrentHashMap.newKeySet();
        private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        private final ViewersHandler handler;
        private final HttpServer server;

        Node(PathSigner signer) throws IOException {
            var viewers = new ViewersElsewhere(streams::contains, Ticker.systemTicker());
            handler = new ViewersHandler(viewers, "live-1", signer, Clock.systemUTC(), meters);
            server =
                    new HttpServer(
                                    HttpServerOptions.of("http", "127.0.0.1", 0),
                                    new HttpRouter().add("/live/", "live", handler),
                                    loops)
                            .start();
            nodes.add(uri());
            open.add(this);
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + server.localPort());
        }

        double viewers() {
            return meters.get("millrace.live.viewers.elsewhere").gauge().value();
        }

        double reports(String outcome) {
            return meters.counter("millrace.live.viewers.reports", "outcome", outcome).count();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private static PathSigner signer(int secret) {
        byte[] key = new byte[32];
        key[0] = (byte) secret;
        return new PathSigner(new LinkedHashMap<>(Map.of("k", key)));
    }

    private void tell() {
        var edge =
                new LiveEdge(
                        _ -> CompletableFuture.completedFuture(List.copyOf(nodes)),
                        null,
                        null,
                        InstantSource.system(),
                        1 << 20,
                        loops,
                        meters);
        open.add(edge);
        edge.tellViewers("edge-1", signer(1), () -> Map.copyOf(watching), own::contains, OFTEN);
    }

    private double failures() {
        return meters.counter("millrace.live.edge.reports", "outcome", "failed").count();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open.reversed()) {
            closeable.close();
        }
        loops.close();
    }

    @Test
    void eachNodeIsToldOfItsStreamsOnceTheyAreWatchedAndWhenTheyAreNoMore() throws Exception {
        var first = new Node(signer(1));
        var second = new Node(signer(1));
        first.streams.add("cam");
        second.streams.addAll(Set.of("hall", "mine"));
        own.add("mine");
        watching.put("cam", Map.of("hls", 5, "rtmp", 1));
        watching.put("hall", Map.of("dash", 3));
        watching.put("mine", Map.of("hls", 100));
        watching.put("nowhere", Map.of("hls", 1000));
        tell();
        await().atMost(LONG).until(() -> first.viewers() == 6 && second.viewers() == 3);
        watching.put("cam", Map.of("hls", 2));
        await().atMost(LONG).until(() -> first.viewers() == 2);
        watching.remove("cam");
        await().atMost(LONG).until(() -> first.viewers() == 0);
        assertThat(second.viewers()).isEqualTo(3);
    }

    @Test
    void nodesThatAreDeadOrSilentOrStrangersHoldNothingUp() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var dead = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            nodes.add(URI.create("http://127.0.0.1:" + silent.getLocalPort()));
            nodes.add(URI.create("http://127.0.0.1:" + dead.getLocalPort()));
            dead.close();
            var stranger = new Node(signer(2));
            stranger.streams.add("cam");
            var node = new Node(signer(1));
            node.streams.add("cam");
            watching.put("cam", Map.of("hls", 5));
            tell();
            await().atMost(LONG).until(() -> node.viewers() == 5);
            assertThat(stranger.reports("refused")).isPositive();
            assertThat(failures()).isGreaterThanOrEqualTo(3);
            watching.put("cam", Map.of("hls", 6));
            await().atMost(LONG).until(() -> node.viewers() == 6);
        }
    }

    @Test
    void aStreamThatMovesIsToldToItsNewNode() throws Exception {
        var first = new Node(signer(1));
        var second = new Node(signer(1));
        first.streams.add("cam");
        watching.put("cam", Map.of("hls", 5));
        tell();
        await().atMost(LONG).until(() -> first.viewers() == 5);
        second.streams.add("cam");
        first.close();
        await().atMost(LONG).until(() -> second.viewers() == 5);
    }
}
