package io.millrace.liveingest.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// An edge before nodes that die, come back, are silent or have nothing. All are real servers.
class LiveEdgeTest {
    private static final Duration LONG = Duration.ofSeconds(40);

    private final EventLoops loops = EventLoops.start(1);
    private final List<URI> nodes = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final LiveEdge edge =
            new LiveEdge(
                    _ -> CompletableFuture.completedFuture(List.copyOf(nodes)),
                    null,
                    null,
                    InstantSource.system(),
                    1 << 20,
                    loops,
                    new SimpleMeterRegistry());
    private final HttpServer server =
            new HttpServer(
                    HttpServerOptions.of("http", "127.0.0.1", 0),
                    new HttpRouter()
                            .add(
                                    "/live/",
                                    "live",
                                    exchange ->
                                            edge.serve(
                                                    exchange,
                                                    "cam",
                                                    exchange.pathBelowRoute(),
                                                    () -> {})),
                    loops);

    @BeforeEach
    void start() throws Exception {
        server.start();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        server.close();
        edge.close();
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        loops.close();
    }

    /// Answers everything with its name, or with 404 when it has none.
    private HttpServer node(String name, int port) throws IOException {
        var started =
                new HttpServer(
                                HttpServerOptions.of("http", "127.0.0.1", port),
                                new HttpRouter()
                                        .add(
                                                "/live/",
                                                "live",
                                                exchange ->
                                                        exchange.reply(
                                                                HttpReply.text(
                                                                                name.isEmpty()
                                                                                        ? 404
                                                                                        : 200,
                                                                                name)
                                                                        .cacheControl("no-store"))),
                                loops)
                        .start();
        open.add(started);
        return started;
    }

    private static URI uri(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// Takes connections and requests, and answers none.
    private final class Silent implements AutoCloseable {
        private final ServerSocket listener =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> taken = new CopyOnWriteArrayList<>();

        Silent() throws IOException {
            open.add(this);
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    while (true) {
                                        taken.add(listener.accept());
                                    }
                                } catch (IOException _) {
                                    // closed
                                }
                            });
        }

        URI uri() {
            return LiveEdgeTest.uri(listener.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (Socket socket : taken) {
                socket.close();
            }
        }
    }

    private String body(String name) throws Exception {
        return ask(name).get().body().strip();
    }

    private CompletableFuture<HttpResponse<String>> ask(String name) {
        return client.sendAsync(
                HttpRequest.newBuilder(uri(server.localPort()).resolve("/live/" + name))
                        .timeout(LONG)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aNodeThatNeverAnswersHoldsNothingUp() throws Exception {
        var silent = new Silent();
        nodes.add(silent.uri());
        nodes.add(uri(node("good", 0).localPort()));
        assertThat(body("v1.m3u8")).isEqualTo("good");
        // Whoever had the stream is asked first.
        assertThat(body("v1-seg-1.m4s")).isEqualTo("good");
        assertThat(body("v1-seg-2.m4s")).isEqualTo("good");
        assertThat(silent.taken).hasSizeLessThan(3);
    }

    @Test
    void aStreamThatMovedAwayFromASilentNodeIsFoundWhileThatOneIsWaitedFor() throws Exception {
        var silent = new Silent();
        nodes.add(silent.uri());
        var answer = ask("v1.m3u8");
        await().atMost(LONG).until(() -> !silent.taken.isEmpty());
        nodes.add(uri(node("moved", 0).localPort()));
        nodes.removeFirst();
        assertThat(answer.get().body().strip()).isEqualTo("moved");
    }

    @Test
    void aNodeThatDiesAndComesBackIsServedFromAgain() throws Exception {
        HttpServer first = node("first", 0);
        int port = first.localPort();
        nodes.add(uri(port));
        assertThat(body("v1.m3u8")).isEqualTo("first");
        first.close();
        HttpResponse<String> dead = ask("v1.m3u8").get();
        assertThat(dead.statusCode()).isEqualTo(504);
        assertThat(dead.headers().firstValue("Retry-After")).contains("1");
        node("again", port);
        assertThat(body("v1.m3u8")).isEqualTo("again");
    }

    @Test
    void whatNobodyHasIsNotThereButWhatADeadNodeMayHaveIsNotKnown() throws Exception {
        nodes.add(uri(node("", 0).localPort()));
        nodes.add(uri(node("", 0).localPort()));
        assertThat(ask("v1.m3u8").get().statusCode()).isEqualTo(404);
        HttpServer dying = node("dying", 0);
        nodes.addFirst(uri(dying.localPort()));
        dying.close();
        await().atMost(LONG).until(() -> ask("v1.m3u8").get().statusCode() == 504);
        nodes.add(uri(node("has it", 0).localPort()));
        await().atMost(LONG).until(() -> body("v1.m3u8").equals("has it"));
    }
}
