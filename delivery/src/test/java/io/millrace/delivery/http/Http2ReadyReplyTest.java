package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.RawHttp2Client.Frame;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Prepared replies over HTTP/2, as their frames arrive.
class Http2ReadyReplyTest {
    private static final int CONNECTION_WINDOW = 65_535;
    private static final byte[] LIST =
            "#EXTM3U\n".repeat(700).getBytes(StandardCharsets.UTF_8); // 5600 bytes

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final HttpServer server;

    Http2ReadyReplyTest() throws IOException {
        server =
                new HttpServer(
                                HttpServerOptions.of("test", "127.0.0.1", 0).withMeters(meters),
                                router,
                                loops)
                        .start();
    }

    @BeforeEach
    void routes() {
        HttpReply template =
                HttpReply.bytes(200, "application/vnd.apple.mpegurl", LIST)
                        .etag("list1")
                        .cacheControl("max-age=10");
        var prepared = PreparedReply.of(template);
        router.add("/list", "list", e -> e.reply(prepared));
        router.add("/same", "same", e -> e.reply(template.copy(new HttpBody.Bytes(LIST))));
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok " + e.path())));
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private RawHttp2Client client(int... settings) throws IOException {
        return new RawHttp2Client(server.localPort(), settings);
    }

    private double answered() {
        return meters.get("millrace.http.requests").timers().stream()
                .mapToDouble(t -> t.count())
                .sum();
    }

    @Test
    void itIsTheReplyThatAnybodyElseGets() throws Exception {
        try (RawHttp2Client client = client()) {
            for (int stream = 1; stream < 12; stream += 4) {
                RawHttp2Client.Reply ready = client.get(stream, "/list").reply(stream);
                // Ordinary replies keep a table with the client, which the other must not disturb.
                RawHttp2Client.Reply other = client.get(stream + 2, "/same").reply(stream + 2);
                assertThat(ready.body()).isEqualTo(LIST).isEqualTo(other.body());
                var headers = new HashMap<String, String>();
                other.headers().forEach(h -> headers.put(h.getKey() + "", h.getValue() + ""));
                headers.keySet().removeAll(List.of("date", "x-request-id"));
                headers.forEach((name, value) -> assertThat(ready.header(name)).isEqualTo(value));
                assertThat(ready.header("date")).endsWith("GMT");
            }
        }
    }

    @Test
    void theHeadIsTheSameBytesForEverybody() throws Exception {
        try (RawHttp2Client fresh = client();
                RawHttp2Client known = client()) {
            for (int stream = 1; stream < 9; stream += 2) {
                known.get(stream, "/small/" + stream, "x-request-id", "r" + stream).reply(stream);
            }
            int[] next = {1, 9};
            await().until(
                            () -> {
                                Frame one = head(fresh, next[0]);
                                Frame other = head(known, next[1]);
                                next[0] += 2;
                                next[1] += 2;
                                boolean sameSecond =
                                        String.valueOf(one.headers().get("date"))
                                                .equals(other.headers().get("date") + "");
                                if (sameSecond) {
                                    assertThat(one.payload()).isEqualTo(other.payload());
                                }
                                return sameSecond;
                            });
        }
    }

    /// Of the next prepared reply; the reply is read whole.
    private static Frame head(RawHttp2Client client, int stream) throws IOException {
        client.get(stream, "/list");
        Frame head = client.await(RawHttp2Client.HEADERS);
        Frame data = client.await(RawHttp2Client.DATA);
        assertThat(data.stream()).isEqualTo(stream);
        assertThat(data.endsStream()).isTrue();
        assertThat(data.payload()).isEqualTo(LIST);
        client.window(0, LIST.length);
        return head;
    }

    /// RFC 7541 §4.2: the first block after a table was made smaller begins with its new size. The
    /// client's decoder refuses any other.
    @Test
    void aSmallerTableIsAcknowledgedFirst() throws Exception {
        try (RawHttp2Client client = client()) {
            client.get(1, "/list").reply(1);
            client.get(3, "/small").reply(3);
            client.tableSize(0);
            assertThat(client.get(5, "/list").reply(5).body()).isEqualTo(LIST);
            assertThat(client.get(7, "/list").reply(7).body()).isEqualTo(LIST);
            assertThat(client.get(9, "/small").reply(9).status()).isEqualTo(200);
        }
    }

    @Test
    void aHeadDoesNotWaitForTheBodysWindow() throws Exception {
        try (RawHttp2Client client = client(RawHttp2Client.INITIAL_WINDOW, 0)) {
            client.get(1, "/list");
            Frame head = client.await(RawHttp2Client.HEADERS);
            assertThat(head.endsStream()).isFalse();
            client.window(1, LIST.length - 1);
            Frame data = client.await(RawHttp2Client.DATA);
            assertThat(data.payload()).hasSize(LIST.length - 1);
            assertThat(data.endsStream()).isFalse();
            client.window(1, 1);
            data = client.await(RawHttp2Client.DATA);
            assertThat(data.payload()).hasSize(1);
            assertThat(data.endsStream()).isTrue();
        }
    }

    /// All are asked for before anything is written, so each finds the connection's window open; it
    /// holds eleven of them and a piece of another.
    @Test
    void moreThanTheConnectionsWindowArrivesWhole() throws Exception {
        int count = 20;
        try (RawHttp2Client client = client()) {
            client.hold();
            for (int i = 0; i < count; i++) {
                client.get(1 + 2 * i, "/list");
            }
            client.letGo();
            Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
            var ended = new ArrayList<Integer>();
            int received = 0;
            boolean opened = false;
            while (ended.size() < count) {
                Frame frame = client.frame();
                if (frame.type() == RawHttp2Client.HEADERS) {
                    bodies.put(frame.stream(), new ByteArrayOutputStream());
                } else if (frame.type() == RawHttp2Client.DATA) {
                    received += frame.payload().length;
                    Objects.requireNonNull(bodies.get(frame.stream()), "DATA before HEADERS")
                            .write(frame.payload());
                    if (frame.endsStream()) {
                        ended.add(frame.stream());
                    }
                }
                if (!opened && received == CONNECTION_WINDOW) {
                    opened = true;
                    client.window(0, 1 << 20);
                }
            }
            assertThat(opened).isTrue();
            assertThat(bodies.values())
                    .hasSize(count)
                    .allSatisfy(body -> assertThat(body.toByteArray()).isEqualTo(LIST));
        }
        await().untilAsserted(() -> assertThat(answered()).isEqualTo(count));
    }

    @Test
    void whatWaitsForAWindowEndsWithItsStream() throws Exception {
        int count = 20;
        try (RawHttp2Client client = client()) {
            client.hold();
            for (int i = 0; i < count; i++) {
                client.get(1 + 2 * i, "/list");
            }
            client.letGo();
            for (int received = 0; received < CONNECTION_WINDOW; ) {
                Frame frame = client.frame();
                received += frame.type() == RawHttp2Client.DATA ? frame.payload().length : 0;
            }
            // One of those that wait is given up, the others with the connection.
            client.reset(1 + 2 * (count - 1));
            client.window(0, LIST.length);
            client.await(RawHttp2Client.DATA);
        }
        await().untilAsserted(() -> assertThat(answered()).isEqualTo(count));
    }
}
