package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Clients that keep the server waiting, many at once: each costs its socket, for a bounded time,
/// and those who behave don't notice.
class SlowClientsTest {
    private static final int MANY = 150;
    private static final byte[] BIG = new byte[4 << 20];

    @TempDir Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final List<Socket> sockets = new ArrayList<>();

    /// How a client is slow.
    enum Kind {
        SAYS_NOTHING,
        HEAD_BY_DRIPS,
        BODY_BY_DRIPS,
        READS_NOTHING,
        HELLO_BY_DRIPS,
        HTTP2_HEAD_BY_DRIPS,
        HTTP2_READS_NOTHING
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        loops.close();
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    private Socket slow(Kind kind, int port) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(8 << 10);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        switch (kind) {
            case SAYS_NOTHING -> {}
            case HEAD_BY_DRIPS -> send(socket, "GET /small HTTP/1.1\r\nHost: a\r\nX: ");
            case BODY_BY_DRIPS ->
                    send(socket, RawClient.request("POST", "/echo", "Content-Length: 100000"));
            case READS_NOTHING -> send(socket, RawClient.get("/big"));
            case HELLO_BY_DRIPS -> send(socket, "\u0016\u0003\u0001");
            case HTTP2_HEAD_BY_DRIPS -> {
                var client = new RawHttp2Client(socket);
                client.send(
                        RawHttp2Client.HEADERS,
                        RawHttp2Client.END_STREAM,
                        1,
                        client.block(":method", "GET"));
            }
            case HTTP2_READS_NOTHING -> {
                var client = new RawHttp2Client(socket, RawHttp2Client.INITIAL_WINDOW, 1 << 30);
                client.window(0, 1 << 30);
                for (int i = 0; i < 4; i++) {
                    client.get(1 + 2 * i, "/big");
                }
            }
        }
        return socket;
    }

    private static boolean drip(Kind kind, Socket socket) {
        try {
            switch (kind) {
                case HEAD_BY_DRIPS, BODY_BY_DRIPS -> send(socket, "a");
                case HELLO_BY_DRIPS -> socket.getOutputStream().write(0);
                case HTTP2_HEAD_BY_DRIPS -> socket.getOutputStream().write(0);
                default -> {}
            }
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void cannotHurtTheOthers(Kind kind) throws Exception {
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok")));
        router.add(
                "/echo",
                "echo",
                HttpHandler.blocking(
                        e -> HttpReply.bytes(200, "video/mp4", e.bodyStream().readAllBytes())));
        router.add(
                "/big",
                "big",
                e -> e.reply(HttpReply.buffer(200, "video/mp4", Unpooled.wrappedBuffer(BIG))));
        var patience = Duration.ofMillis(700);
        var options =
                HttpServerOptions.of("test", "127.0.0.1", 0)
                        .withLimits(
                                HttpLimits.DEFAULT.withTimes(
                                        patience, patience, patience, patience))
                        .withMeters(meters);
        if (kind == Kind.HELLO_BY_DRIPS) {
            options = options.withTls(new TlsOptions.SelfSigned(folder, "localhost"));
        }
        try (HttpServer server = new HttpServer(options, router, loops).start();
                HttpServer same =
                        new HttpServer(HttpServerOptions.of("good", "127.0.0.1", 0), router, loops)
                                .start()) {
            long directBefore = direct();
            long alone = 0;
            try (RawClient good = new RawClient(same.localPort())) {
                for (int i = 0; i < 50; i++) {
                    alone = Math.max(alone, exchange(good));
                }
            }
            for (int i = 0; i < MANY; i++) {
                slow(kind, server.localPort());
            }
            // Good clients on the same event loop, while the slow ones drip.
            long[] times = new long[200];
            try (RawClient good = new RawClient(same.localPort())) {
                for (int i = 0; i < times.length; i++) {
                    for (int j = i % 20; j < MANY; j += 20) {
                        drip(kind, sockets.get(j));
                    }
                    times[i] = exchange(good);
                }
            }
            Arrays.sort(times);
            // Where they take long without any slow client, the machine has other things to do.
            assertThat(Duration.ofNanos(times[times.length * 98 / 100]))
                    .isLessThan(Duration.ofNanos(Math.max(1_000_000_000, 20 * alone)));
            // Their sockets' buffers, and a piece each at most.
            assertThat(direct() - directBefore).isLessThan((long) MANY * (192 << 10));
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .untilAsserted(
                            () -> {
                                for (Socket socket : sockets) {
                                    drip(kind, socket);
                                }
                                assertThat(server.connections()).isZero();
                            });
        }
    }

    /// How long it took, in ns.
    private static long exchange(RawClient client) throws IOException {
        long start = System.nanoTime();
        assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        return System.nanoTime() - start;
    }

    private static long direct() {
        long used = 0;
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            used += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
        }
        return used;
    }

    @Test
    void idleConnectionsCostLittle() throws Exception {
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok")));
        try (HttpServer server =
                new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, loops)
                        .start()) {
            for (int warm = 0; warm < 2; warm++) {
                keepAlive(server, 200);
            }
            long before = used();
            int count = 2000;
            keepAlive(server, count);
            // Of it some is this test's own end of the connection. What is freed is freed when
            // the collector's threads come to it.
            await().untilAsserted(() -> assertThat((used() - before) / count).isLessThan(24 << 10));
        }
    }

    private void keepAlive(HttpServer server, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            var socket = new Socket("127.0.0.1", server.localPort());
            sockets.add(socket);
            send(socket, RawClient.get("/small"));
            byte[] reply = new byte[4096];
            assertThat(socket.getInputStream().read(reply)).isPositive();
        }
    }

    private static long used() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + direct();
    }
}
