package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.RawHttp2Client.Frame;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// HTTP/2 by prior knowledge, frame by frame.
class Http2Test {
    private static final byte[] BIG = bytes(300_000);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger freed = new AtomicInteger();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicReference<Throwable> bodyFailure = new AtomicReference<>();
    private final EventLoops loops = EventLoops.start(1);
    private HttpServer server = start(HttpLimits.DEFAULT);

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }

    private HttpServer start(HttpLimits limits) {
        try {
            return new HttpServer(
                            HttpServerOptions.of("test", "127.0.0.1", 0)
                                    .withLimits(limits)
                                    .withMeters(meters),
                            router,
                            loops)
                    .start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void restart(HttpLimits limits) {
        server.close();
        server = start(limits);
    }

    /// A reader of endless zeros that counts what is taken from it.
    private final class CountingReader implements BlobReader {
        @Override
        public BlobInfo info() {
            return new BlobInfo(BlobKey.of("zeros"), Long.MAX_VALUE, Instant.EPOCH, "zeros");
        }

        @Override
        public int read(ByteBuffer target, long position) {
            int count = target.remaining();
            target.position(target.limit());
            bytesRead.addAndGet(count);
            return count;
        }

        @Override
        public Optional<FileChannel> channel() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    /// Pieces larger than anybody wants.
    private static final class LargePieces implements BodyMaker {
        @Override
        public int next(int wantedBytes) {
            return BIG.length;
        }

        @Override
        public boolean make(ByteBuf target, boolean residentOnly) {
            target.writeBytes(BIG);
            return true;
        }
    }

    @BeforeEach
    void routes() {
        router.add("/echo", "echo", 1 << 20, HttpHandler.blocking(this::echo));
        router.add("/unread", "unread", 1 << 30, e -> e.reply(HttpReply.text(200, "no, thanks")));
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok " + e.path())));
        router.add(
                "/big",
                "big",
                e -> e.reply(HttpReply.bytes(200, "video/mp4", BIG).etag("big1").ranges()));
        var reader = new CountingReader();
        router.add(
                "/file",
                "file",
                e ->
                        e.reply(
                                HttpReply.parts(
                                                200,
                                                "video/mp4",
                                                List.of(
                                                        new HttpBody.BufferPart(
                                                                Unpooled.wrappedBuffer(BIG)),
                                                        new HttpBody.BlobPart(reader, 0, 64 << 20)),
                                                freed::incrementAndGet)
                                        .ranges()));
        router.add(
                "/made",
                "made",
                e ->
                        e.reply(
                                HttpReply.parts(
                                        200,
                                        "video/mp2t",
                                        List.of(
                                                new HttpBody.MadePart(
                                                        new LargePieces(), 5L * BIG.length)),
                                        freed::incrementAndGet)));
        router.add(
                "/later",
                "later",
                HttpHandler.blocking(
                        e -> {
                            release.await(60, TimeUnit.SECONDS);
                            return HttpReply.text(200, "later");
                        }));
        router.add("/broken", "broken", _ -> fail());
        var prepared =
                PreparedReply.of(
                        HttpReply.bytes(
                                        200,
                                        "application/vnd.apple.mpegurl",
                                        "#EXTM3U\n".repeat(200).getBytes(StandardCharsets.UTF_8))
                                .etag("list1")
                                .cacheControl("max-age=10"));
        router.add("/list", "list", e -> e.reply(prepared));
        router.add(
                "/stream",
                "stream",
                HttpHandler.blocking(
                        _ -> HttpReply.stream(200, "text/plain", w -> produce(w, 2000))));
    }

    private static void produce(BodyWriter writer, int lines) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try (var out = writer.asOutputStream()) {
                                for (int i = 0; i < lines; i++) {
                                    out.write(
                                            ("line " + i + "\n").getBytes(StandardCharsets.UTF_8));
                                }
                            } catch (IOException _) {
                                // The client left.
                            }
                        });
    }

    private static void fail() {
        throw new IllegalStateException("the handler's own mistake");
    }

    private HttpReply echo(HttpExchange exchange) throws IOException {
        try (InputStream in = exchange.bodyStream()) {
            return HttpReply.bytes(200, "application/octet-stream", in.readAllBytes());
        } catch (IOException e) {
            bodyFailure.set(e);
            throw e;
        }
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
        loops.close();
    }

    private RawHttp2Client client(int... settings) throws IOException {
        return new RawHttp2Client(server.localPort(), settings);
    }

    @Test
    void answersManyStreamsOfOneConnection() throws Exception {
        try (RawHttp2Client client = client()) {
            client.get(1, "/later");
            for (int i = 0; i < 200; i++) {
                int stream = 3 + 2 * i;
                client.get(stream, "/small/" + i + "?a=b");
                assertThat(client.reply(stream).text()).isEqualTo("ok /small/" + i + "\n");
            }
            release.countDown();
            assertThat(client.reply(1).text()).isEqualTo("later\n");
        }
    }

    @Test
    void theConnectionMayArriveByteByByte() throws Exception {
        try (var socket = new java.net.Socket("127.0.0.1", server.localPort())) {
            socket.setTcpNoDelay(true);
            for (byte b :
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                            .getBytes(StandardCharsets.ISO_8859_1)) {
                socket.getOutputStream().write(b);
                socket.getOutputStream().flush();
            }
            byte[] head = socket.getInputStream().readNBytes(9);
            assertThat(head[3]).isEqualTo((byte) RawHttp2Client.SETTINGS);
        }
        try (RawClient http1 = new RawClient(server.localPort())) {
            // Begins as the preface does.
            http1.send("P");
            http1.send("R");
            http1.send("OPFIND /small HTTP/1.1\r\nHost: test\r\n\r\n");
            assertThat(http1.read().status()).isEqualTo(200);
        }
    }

    @Test
    void everyReplyHasTheCommonHeaders() throws Exception {
        try (RawHttp2Client client = client()) {
            int stream = 1;
            for (String path : new String[] {"/small", "/list", "/nothing", "/broken", "/a%"}) {
                client.get(stream, path, "x-request-id", "abc-1");
                RawHttp2Client.Reply reply = client.reply(stream);
                assertThat(reply.header("server")).isEqualTo("Millrace");
                assertThat(reply.header("date")).endsWith("GMT");
                assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
                assertThat(reply.header("access-control-expose-headers")).contains("Content-Range");
                if (!path.equals("/a%")) {
                    assertThat(reply.header("x-request-id")).isEqualTo("abc-1");
                }
                assertThat(reply.header("connection")).isEmpty();
                stream += 2;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/small, 200",
        "/nothing, 404",
        "/broken, 500",
        "/a%, 400",
        "/../x, 400",
    })
    void statusesAreThoseOfHttp1(String path, int status) throws Exception {
        try (RawHttp2Client client = client()) {
            assertThat(client.get(1, path).reply(1).status()).isEqualTo(status);
            assertThat(client.get(3, "/small").reply(3).status()).isEqualTo(200);
        }
    }

    @Test
    void headRangesAndConditions() throws Exception {
        try (RawHttp2Client client = client()) {
            RawHttp2Client.Reply head = client.head(1, "HEAD", "/big", true).reply(1);
            assertThat(head.header("content-length")).isEqualTo("300000");
            assertThat(head.body()).isEmpty();
            RawHttp2Client.Reply part = client.get(3, "/big", "range", "bytes=-5").reply(3);
            assertThat(part.status()).isEqualTo(206);
            assertThat(part.header("content-range")).isEqualTo("bytes 299995-299999/300000");
            assertThat(part.body()).isEqualTo(Arrays.copyOfRange(BIG, 299_995, 300_000));
            RawHttp2Client.Reply two = client.get(5, "/big", "range", "bytes=0-1,9-9").reply(5);
            assertThat(two.header("content-type")).startsWith("multipart/byteranges");
            assertThat(two.header("content-length")).isEqualTo("" + two.body().length);
            assertThat(client.get(7, "/big", "range", "bytes=300000-").reply(7).status())
                    .isEqualTo(416);
            RawHttp2Client.Reply same = client.get(9, "/big", "if-none-match", "\"big1\"").reply(9);
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            RawHttp2Client.Reply packed =
                    client.get(11, "/list", "accept-encoding", "gzip").reply(11);
            assertThat(packed.header("content-encoding")).isEqualTo("gzip");
            assertThat(packed.header("etag")).isEqualTo("\"list1-gz\"");
            assertThat(client.get(13, "/list").reply(13).body()).hasSize(1600);
            assertThat(client.get(15, "/big").reply(15).body()).isEqualTo(BIG);
        }
    }

    @Test
    void partsThatAreMadeArriveWhole() throws Exception {
        try (RawHttp2Client client = client()) {
            byte[] body = client.get(1, "/made").reply(1).body();
            assertThat(body).hasSize(5 * BIG.length);
            for (int i = 0; i < 5; i++) {
                assertThat(Arrays.copyOfRange(body, i * BIG.length, (i + 1) * BIG.length))
                        .isEqualTo(BIG);
            }
        }
        await().untilAsserted(() -> assertThat(freed).hasValue(1));
    }

    @Test
    void streamsBodiesOfUnknownLength() throws Exception {
        try (RawHttp2Client client = client()) {
            RawHttp2Client.Reply reply = client.get(1, "/stream").reply(1);
            assertThat(reply.text()).startsWith("line 0\n").endsWith("line 1999\n");
            assertThat(reply.header("content-length")).isEmpty();
        }
    }

    @Test
    void takesBodiesAndTheirTrailers() throws Exception {
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/echo", false, "content-length", "6")
                    .send(RawHttp2Client.DATA, 0, 1, (byte) 'a', (byte) 'b', (byte) 'c')
                    .send(RawHttp2Client.DATA, 1, 1, (byte) 'd', (byte) 'e', (byte) 'f');
            assertThat(client.reply(1).text()).isEqualTo("abcdef");
            client.head(3, "POST", "/echo", false)
                    .send(RawHttp2Client.DATA, 0, 3, (byte) 'x')
                    .send(
                            RawHttp2Client.HEADERS,
                            RawHttp2Client.END_HEADERS | RawHttp2Client.END_STREAM,
                            3,
                            client.block("trailer", "1"));
            assertThat(client.reply(3).text()).isEqualTo("x");
        }
    }

    @Test
    void asksForABodyThatWaitsToBeAskedFor() throws Exception {
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/echo", false, "expect", "100-continue");
            Frame goOn = client.await(RawHttp2Client.HEADERS);
            assertThat(goOn.headers().status()).hasToString("100");
            client.send(RawHttp2Client.DATA, 1, 1, (byte) 'x');
            assertThat(client.reply(1).text()).isEqualTo("x");
        }
    }

    @Test
    void refusesABodyAboveTheRoutesLimit() throws Exception {
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/echo", false, "content-length", "9999999");
            assertThat(client.reply(1).status()).isEqualTo(413);
            // Told to stop sending.
            Frame reset = client.await(RawHttp2Client.RST_STREAM);
            assertThat(reset.errorCode()).isZero();
            client.head(3, "POST", "/echo", false);
            client.sendBody(3, (1 << 20) + 1);
            Frame refused = client.await(RawHttp2Client.HEADERS);
            assertThat(refused.headers().status()).hasToString("413");
        }
    }

    @Test
    void aBodyNobodyReadsIsHeldBackByItsWindow() throws Exception {
        router.add(
                "/slow",
                "slow",
                1 << 30,
                HttpHandler.blocking(
                        e -> {
                            release.await(60, TimeUnit.SECONDS);
                            return echo(e);
                        }));
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/slow", false);
            client.await(RawHttp2Client.SETTINGS);
            // The window of the stream.
            for (int i = 0; i < 16; i++) {
                client.send(RawHttp2Client.DATA, 0, 1, new byte[16 << 10]);
            }
            client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
            while (true) {
                Frame frame = client.frame();
                assertThat(frame.type() == RawHttp2Client.WINDOW_UPDATE && frame.stream() == 1)
                        .as("%s", frame)
                        .isFalse();
                if (frame.type() == RawHttp2Client.PING) {
                    break;
                }
            }
            release.countDown();
            assertThat(client.await(RawHttp2Client.WINDOW_UPDATE).payload()).hasSize(4);
            client.send(RawHttp2Client.DATA, 1, 1, (byte) 1);
            assertThat(client.reply(1).body()).hasSize(1 + (256 << 10));
        }
    }

    @Test
    void anUnreadBodyDoesNotHoldTheReply() throws Exception {
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/unread", false)
                    .send(RawHttp2Client.DATA, 0, 1, new byte[1000]);
            assertThat(client.reply(1).text()).isEqualTo("no, thanks\n");
            assertThat(client.await(RawHttp2Client.RST_STREAM).errorCode()).isZero();
            assertThat(client.get(3, "/small").reply(3).status()).isEqualTo(200);
        }
    }

    @Test
    void handsOverNoMoreThanTheWindowTakes() throws Exception {
        try (RawHttp2Client client = client(RawHttp2Client.INITIAL_WINDOW, 1000)) {
            client.get(1, "/file", "range", "bytes=300000-");
            int got = 0;
            while (got < 1000) {
                got += client.await(RawHttp2Client.DATA).payload().length;
            }
            client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
            assertThat(client.await(RawHttp2Client.PING).payload()).hasSize(8);
            assertThat(got).isEqualTo(1000);
            assertThat(bytesRead.get()).isLessThanOrEqualTo(16 << 10);
            client.window(1, 40_000);
            while (got < 41_000) {
                got += client.await(RawHttp2Client.DATA).payload().length;
            }
            assertThat(got).isEqualTo(41_000);
            assertThat(bytesRead.get()).isLessThanOrEqualTo(41_000 + (64 << 10));
            // Another stream is not held up by the one whose window is closed.
            client.window(0, 1 << 20);
            client.get(3, "/small");
            assertThat(client.reply(3).text()).isEqualTo("ok /small\n");
        }
        await().untilAsserted(() -> assertThat(freed).hasValue(1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsAbortedIsReleased(boolean byReset) throws Exception {
        try (RawHttp2Client client = client()) {
            for (int i = 0; i < 20; i++) {
                client.get(1 + 2 * i, "/file");
            }
            assertThat(client.await(RawHttp2Client.DATA).payload()).isNotEmpty();
            for (int i = 0; byReset && i < 20; i++) {
                client.reset(1 + 2 * i);
            }
            if (byReset) {
                await().untilAsserted(() -> assertThat(freed).hasValue(20));
                client.window(0, 1 << 20);
                client.get(99, "/small");
                assertThat(client.reply(99).text()).isEqualTo("ok /small\n");
            }
        }
        await().untilAsserted(() -> assertThat(freed).hasValue(20));
        await().untilAsserted(
                        () ->
                                assertThat(
                                                meters.get("millrace.http.requests")
                                                        .tags("route", "file", "status", "aborted")
                                                        .timer()
                                                        .count())
                                        .isEqualTo(20));
    }

    @Test
    void aResetOfTheRequestEndsItsBody() throws Exception {
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/echo", false).send(RawHttp2Client.DATA, 0, 1, new byte[10]);
            client.reset(1);
            await().untilAsserted(
                            () ->
                                    assertThat(bodyFailure.get())
                                            .isInstanceOf(RequestBodyException.class));
        }
    }

    // --- limits -------------------------------------------------------------------------------

    @Test
    void tooManyStreamsAreRefused() throws Exception {
        try (RawHttp2Client client = client()) {
            for (int i = 0; i < 101; i++) {
                client.get(1 + 2 * i, "/later");
            }
            Frame reset = client.await(RawHttp2Client.RST_STREAM);
            assertThat(reset.stream()).isEqualTo(201);
            assertThat(reset.errorCode()).isEqualTo(7);
            release.countDown();
            assertThat(client.reply(199).text()).isEqualTo("later\n");
        }
    }

    @Test
    void aFloodOfResetsEndsTheConnection() throws Exception {
        try (RawHttp2Client client = client()) {
            sendUntilRefused(
                    client,
                    i -> {
                        client.get(1 + 2 * i, "/later");
                        client.reset(1 + 2 * i);
                    });
            assertThat(client.isClosed()).isTrue();
        }
        noneLeft();
    }

    @Test
    void aFloodOfRequestsThatMakeUsResetEndsTheConnection() throws Exception {
        try (RawHttp2Client client = client()) {
            sendUntilRefused(
                    client,
                    i -> {
                        client.get(1 + 2 * i, "/later");
                        // A window update of 0 is a stream error.
                        client.window(1 + 2 * i, 0);
                    });
            assertThat(client.isClosed()).isTrue();
        }
        noneLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2Client.SETTINGS, RawHttp2Client.PING})
    void aFloodOfControlFramesEndsTheConnection(int type) throws Exception {
        try (RawHttp2Client client = client()) {
            byte[] payload = new byte[type == RawHttp2Client.PING ? 8 : 0];
            for (int i = 0; i < 90; i++) {
                client.send(type, 0, 0, payload);
            }
            assertThat(client.get(1, "/small").reply(1).status()).isEqualTo(200);
            sendUntilRefused(client, _ -> client.send(type, 0, 0, payload));
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(meters.get("millrace.http.connections.flood").counter().count()).isEqualTo(1);
        noneLeft();
    }

    @Test
    void aFloodOfContinuationsEndsTheConnection() throws Exception {
        try (RawHttp2Client client = client()) {
            client.send(
                    RawHttp2Client.HEADERS,
                    RawHttp2Client.END_STREAM,
                    1,
                    client.block(":method", "GET"));
            sendUntilRefused(
                    client, _ -> client.send(RawHttp2Client.CONTINUATION, 0, 1, new byte[0]));
            assertThat(client.isClosed()).isTrue();
        }
        noneLeft();
    }

    private interface Step {
        void run(int round) throws IOException;
    }

    private static void sendUntilRefused(RawHttp2Client client, Step step) {
        try {
            for (int i = 0; i < 400; i++) {
                step.run(i);
            }
        } catch (IOException _) {
            // The server has closed already.
        }
    }

    private void noneLeft() {
        release.countDown();
        await().untilAsserted(() -> assertThat(server.connections()).isZero());
    }

    @Test
    void aHeaderListThatIsTooLargeIsRefused() throws Exception {
        try (RawHttp2Client client = client()) {
            client.get(1, "/small", "x", "a".repeat(15_000));
            assertThat(client.reply(1).status()).isEqualTo(200);
            String[] many = new String[1000];
            Arrays.fill(many, "abc");
            client.get(3, "/small", many);
            assertThat(client.reply(3).status()).isEqualTo(431);
            assertThat(client.get(5, "/small").reply(5).status()).isEqualTo(200);
        }
    }

    @Test
    void prioritiesAreReadAndForgotten() throws Exception {
        try (RawHttp2Client client = client()) {
            for (int i = 0; i < 1000; i++) {
                client.send(
                        RawHttp2Client.PRIORITY,
                        0,
                        3 + 2 * i,
                        (byte) 0,
                        (byte) 0,
                        (byte) 0,
                        (byte) 1,
                        (byte) 9);
            }
            assertThat(client.get(1, "/small").reply(1).status()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatTakesNothingIsReset() throws Exception {
        restart(HttpLimits.DEFAULT.withTimes(LONG, LONG, LONG, Duration.ofMillis(300)));
        try (RawHttp2Client client = client(RawHttp2Client.INITIAL_WINDOW, 10)) {
            client.get(1, "/file");
            Frame reset = client.await(RawHttp2Client.RST_STREAM);
            assertThat(reset.errorCode()).isEqualTo(8);
            await().untilAsserted(() -> assertThat(freed).hasValue(1));
            assertThat(client.get(3, "/later").window(3, 1000)).isNotNull();
            release.countDown();
            assertThat(client.reply(3).text()).isEqualTo("later\n");
        }
    }

    @Test
    void anIdleConnectionIsToldAndClosed() throws Exception {
        restart(HttpLimits.DEFAULT.withTimes(LONG, Duration.ofMillis(200), LONG, LONG));
        try (RawHttp2Client client = client()) {
            assertThat(client.get(1, "/small").reply(1).status()).isEqualTo(200);
            assertThat(client.await(RawHttp2Client.GOAWAY).errorCode()).isZero();
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void aConnectionThatNeverAsksIsClosed() throws Exception {
        restart(HttpLimits.DEFAULT.withTimes(Duration.ofMillis(200), LONG, LONG, LONG));
        try (RawHttp2Client client = client();
                RawClient silent = new RawClient(server.localPort())) {
            assertThat(client.isClosed()).isTrue();
            assertThat(silent.isAtEnd()).isTrue();
        }
    }

    @Test
    void aBodyThatIsTooSlowIsRefused() throws Exception {
        restart(HttpLimits.DEFAULT.withTimes(LONG, LONG, Duration.ofMillis(300), LONG));
        try (RawHttp2Client client = client()) {
            client.head(1, "POST", "/echo", false).send(RawHttp2Client.DATA, 0, 1, new byte[5]);
            assertThat(client.reply(1).status()).isEqualTo(408);
        }
    }

    @Test
    void drainsWithGoawayAndFinishesItsStreams() throws Exception {
        try (RawHttp2Client busy = client();
                RawHttp2Client idle = client()) {
            assertThat(idle.get(1, "/small").reply(1).status()).isEqualTo(200);
            busy.get(1, "/later");
            busy.send(RawHttp2Client.PING, 0, 0, new byte[8]);
            busy.await(RawHttp2Client.PING);
            Thread draining = Thread.ofVirtual().start(() -> server.drain(Duration.ofSeconds(10)));
            assertThat(idle.await(RawHttp2Client.GOAWAY).errorCode()).isZero();
            assertThat(idle.isClosed()).isTrue();
            assertThat(busy.await(RawHttp2Client.GOAWAY).errorCode()).isZero();
            release.countDown();
            assertThat(busy.reply(1).text()).isEqualTo("later\n");
            assertThat(busy.isClosed()).isTrue();
            draining.join(60_000);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void aListenerMaySpeakHttp1Only() throws Exception {
        server.close();
        server =
                new HttpServer(
                                HttpServerOptions.of("test", "127.0.0.1", 0).withHttp2(false),
                                router,
                                loops)
                        .start();
        try (RawHttp2Client client = client()) {
            assertThatThrownBy(() -> client.get(1, "/small").reply(1))
                    .isInstanceOf(IOException.class);
        }
        try (RawClient client = new RawClient(server.localPort())) {
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        }
    }
}
