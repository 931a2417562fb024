package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

class HttpServerTest {
    private static final byte[] BIG = bytes(300_000);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final AtomicReference<Throwable> bodyFailure = new AtomicReference<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private EventLoops loops = EventLoops.start(1);
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

    @BeforeEach
    void routes() {
        router.add("/echo", "echo", 1 << 20, HttpHandler.blocking(this::echo));
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok " + e.path())));
        router.add(
                "/big",
                "big",
                e -> e.reply(HttpReply.bytes(200, "video/mp4", BIG).etag("big1").ranges()));
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
                        _ ->
                                HttpReply.stream(
                                        200,
                                        "text/plain",
                                        writer ->
                                                Thread.ofVirtual().start(() -> produce(writer)))));
    }

    private static void fail() {
        throw new IllegalStateException("the handler's own mistake");
    }

    private HttpReply echo(HttpExchange exchange) throws IOException {
        try (InputStream in = exchange.bodyStream()) {
            byte[] body = in.readAllBytes();
            return HttpReply.bytes(200, "application/octet-stream", body);
        } catch (IOException e) {
            bodyFailure.set(e);
            throw e;
        }
    }

    private static void produce(BodyWriter writer) {
        for (int i = 0; i < 100; i++) {
            writer.write(
                    Unpooled.wrappedBuffer(("line " + i + "\n").getBytes(StandardCharsets.UTF_8)));
        }
        writer.finish();
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
        loops.close();
    }

    private RawClient client() throws IOException {
        return new RawClient(server.localPort());
    }

    @Test
    void answersARequestHoweverItsBytesArrive() throws Exception {
        byte[] wire =
                ("POST /echo?a=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"
                                + "GET /small/%C3%A9 HTTP/1.1\r\nHost: test\r\n\r\n"
                                + "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        for (int split = 1; split < wire.length; split++) {
            try (RawClient client = client()) {
                client.send(wire, 0, split);
                client.send(wire, split, wire.length - split);
                assertThat(client.read().text()).isEqualTo("hello");
                assertThat(client.read().text()).isEqualTo("ok /small/é\n");
                assertThat(client.read().text()).isEqualTo("abcde");
            }
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        try (RawClient client = client()) {
            var requests = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                requests.append(RawClient.get("/small/" + i));
                if (i % 50 == 0) {
                    requests.append(RawClient.get("/big"));
                }
            }
            Thread.ofVirtual().start(() -> sendQuietly(client, requests.toString()));
            for (int i = 0; i < 500; i++) {
                assertThat(client.read().text()).isEqualTo("ok /small/" + i + "\n");
                if (i % 50 == 0) {
                    assertThat(client.read().body()).isEqualTo(BIG);
                }
            }
        }
    }

    private static void sendQuietly(RawClient client, String text) {
        try {
            client.send(text);
        } catch (IOException _) {
            // The reader sees it.
        }
    }

    @Test
    void keepsOrEndsTheConnectionAsAsked() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
            RawClient.Reply last = client.exchange("GET", "/small", "Connection: close");
            assertThat(last.header("Connection")).isEqualTo("close");
            assertThat(client.isAtEnd()).isTrue();
        }
        try (RawClient client = client()) {
            client.send("GET /small HTTP/1.0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void everyReplyHasTheCommonHeaders() throws Exception {
        try (RawClient client = client()) {
            for (String path : new String[] {"/small", "/list", "/nothing", "/broken", "/a%"}) {
                RawClient.Reply reply = client.exchange("GET", path, "X-Request-Id: abc-1");
                assertThat(reply.header("Server")).isEqualTo("Millrace");
                assertThat(reply.header("Date")).endsWith("GMT");
                assertThat(reply.header("Access-Control-Allow-Origin")).isEqualTo("*");
                assertThat(reply.header("Access-Control-Expose-Headers")).contains("Content-Range");
                assertThat(reply.header("X-Request-Id")).isEqualTo("abc-1");
                if (reply.header("Connection").equals("close")) {
                    break;
                }
            }
        }
    }

    @Test
    void answersHeadWithTheLengthAndNoBody() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply head = client.exchange("HEAD", "/big", "Range: bytes=0-9");
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo("300000");
            assertThat(client.exchange("HEAD", "/list").header("Content-Length")).isEqualTo("1600");
            assertThat(client.exchange("GET", "/small").text()).isEqualTo("ok /small\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-0          | 206 | 0      | 1
                    bytes=0-99         | 206 | 0      | 100
                    bytes=299999-      | 206 | 299999 | 1
                    bytes=-1           | 206 | 299999 | 1
                    bytes=-999999      | 206 | 0      | 300000
                    bytes=100000-99999999 | 206 | 100000 | 200000
                    BYTES = 5-6        | 206 | 5      | 2
                    bytes=,5-6,        | 206 | 5      | 2
                    lines=1-2          | 200 | 0      | 300000
                    bytes=300000-      | 416 | 0      | 0
                    bytes=-0           | 416 | 0      | 0
                    bytes=9-5          | 416 | 0      | 0
                    bytes=a-b          | 416 | 0      | 0
                    bytes=             | 416 | 0      | 0
                    bytes=--1          | 416 | 0      | 0
                    bytes=1            | 416 | 0      | 0
                    0-5                | 416 | 0      | 0
                    """)
    void servesRanges(String range, int status, int from, int length) throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.exchange("GET", "/big", "Range: " + range);
            assertThat(reply.status()).isEqualTo(status);
            switch (status) {
                case 206 -> {
                    assertThat(reply.header("Content-Range"))
                            .isEqualTo("bytes " + from + "-" + (from + length - 1) + "/300000");
                    assertThat(reply.body())
                            .isEqualTo(Arrays.copyOfRange(BIG, from, from + length));
                }
                case 416 -> {
                    assertThat(reply.header("Content-Range")).isEqualTo("bytes */300000");
                    assertThat(reply.text()).startsWith("The Range cannot be served: ");
                }
                default -> assertThat(reply.body()).isEqualTo(BIG);
            }
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        }
    }

    @Test
    void servesSeveralRangesInOneReply() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.exchange("GET", "/big", "Range: bytes=0-3, 10-11,-2");
            assertThat(reply.status()).isEqualTo(206);
            assertThat(reply.header("Content-Type")).startsWith("multipart/byteranges; boundary=");
            String text = new String(reply.body(), StandardCharsets.ISO_8859_1);
            assertThat(text)
                    .contains("Content-Range: bytes 0-3/300000\r\n\r\n" + latin(0, 4) + "\r\n--")
                    .contains("Content-Range: bytes 10-11/300000\r\n\r\n" + latin(10, 12))
                    .contains("Content-Range: bytes 299998-299999/300000")
                    .endsWith("--\r\n");
            String many = "Range: bytes=" + "0-0,".repeat(40);
            assertThat(client.exchange("GET", "/big", many).status()).isEqualTo(200);
            String overlapping = "Range: bytes=0-,0-,0-";
            assertThat(client.exchange("GET", "/big", overlapping).status()).isEqualTo(200);
        }
    }

    private static String latin(int from, int to) {
        return new String(Arrays.copyOfRange(BIG, from, to), StandardCharsets.ISO_8859_1);
    }

    @Test
    void answersConditionalRequests() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.exchange("GET", "/big", "If-None-Match: \"big1\"").status())
                    .isEqualTo(304);
            assertThat(
                            client.exchange("GET", "/big", "If-None-Match: W/\"x\", W/\"big1\"")
                                    .status())
                    .isEqualTo(304);
            assertThat(client.exchange("GET", "/big", "If-None-Match: \"other\"").status())
                    .isEqualTo(200);
            assertThat(client.exchange("GET", "/big", "If-Match: \"other\"").status())
                    .isEqualTo(412);
            assertThat(client.exchange("GET", "/big", "If-Match: W/\"big1\"").status())
                    .isEqualTo(412);
            assertThat(client.exchange("GET", "/big", "If-Match: \"big1\"").status())
                    .isEqualTo(200);
            assertThat(
                            client.exchange("GET", "/big", "Range: bytes=0-1", "If-Range: \"big1\"")
                                    .status())
                    .isEqualTo(206);
            assertThat(
                            client.exchange("GET", "/big", "Range: bytes=0-1", "If-Range: \"old\"")
                                    .status())
                    .isEqualTo(200);
            assertThat(client.exchange("GET", "/list", "If-None-Match: \"list1-gz\"").status())
                    .isEqualTo(304);
        }
    }

    @Test
    void compressesText() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply plain = client.exchange("GET", "/list");
            RawClient.Reply gzip = client.exchange("GET", "/list", "Accept-Encoding: br, gzip");
            assertThat(plain.header("ETag")).isEqualTo("\"list1\"");
            assertThat(gzip.header("ETag")).isEqualTo("\"list1-gz\"");
            assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
            assertThat(gzip.header("Vary")).isEqualTo("Accept-Encoding");
            assertThat(plain.header("Vary")).isEqualTo("Accept-Encoding");
            assertThat(
                            new GZIPInputStream(new java.io.ByteArrayInputStream(gzip.body()))
                                    .readAllBytes())
                    .isEqualTo(plain.body());
            assertThat(client.exchange("GET", "/list", "Accept-Encoding: gzip;q=0").body())
                    .isEqualTo(plain.body());
            assertThat(client.exchange("GET", "/big", "Accept-Encoding: gzip").body())
                    .isEqualTo(BIG);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /a/../b      | 400 | segment
                    /a/%2e%2e/b  | 400 | segment
                    /..          | 400 | segment
                    /a%5Cb       | 400 | backslash
                    /a%00b       | 400 | control character
                    /a%2525      | 400 | after decoding
                    /a%zz        | 400 | broken escape
                    /a%2         | 400 | broken escape
                    /a%ff        | 400 | UTF-8
                    a            | 400 | start with
                    /nowhere     | 404 | nothing
                    """)
    void refusesBadPaths(String path, int status, String text) throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.exchange("GET", path);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.text()).contains(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET / HTTP/1.1\\r\\n\\r\\n                                            | 400
                    GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n\\r\\n                  | 400
                    GET / HTTP/1.1\\r\\nHost: a/b\\r\\n\\r\\n                             | 400
                    GET / HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n                               | 505
                    GARBAGE\\r\\n\\r\\n                                                   | 400
                    POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: x\\r\\n\\r\\n   | 400
                    POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\n | 400
                    POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n | 400
                    POST /echo HTTP/1.1\\r\\nHost: a\\r\\nExpect: magic\\r\\nContent-Length: 5\\r\\n\\r\\n | 417
                    """)
    void refusesWhatIsNoRequest(String wire, int status) throws Exception {
        try (RawClient client = client()) {
            client.send(wire.replace("\\r\\n", "\r\n"));
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.header("Connection")).isEqualTo("close");
            assertThat(reply.text()).isNotBlank();
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void limitsLineAndHeaders() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.exchange("GET", "/small?" + "a".repeat(8_000)).status())
                    .isEqualTo(200);
            assertThat(client.exchange("GET", "/small?" + "a".repeat(9_000)).status())
                    .isEqualTo(414);
        }
        try (RawClient client = client()) {
            assertThat(client.exchange("GET", "/small", "X: " + "a".repeat(15_000)).status())
                    .isEqualTo(200);
            assertThat(client.exchange("GET", "/small", "X: " + "a".repeat(17_000)).status())
                    .isEqualTo(431);
        }
    }

    @Test
    void closesOnAHeadThatDoesNotArrive() throws Exception {
        restart(
                limits(
                        Duration.ofMillis(200),
                        Duration.ofSeconds(15),
                        1024,
                        Duration.ofSeconds(60)));
        try (RawClient client = client()) {
            client.send("GET /small HTTP/1.1\r\nHost: te");
            assertThat(client.read().status()).isEqualTo(408);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    private static HttpLimits limits(Duration head, Duration window, long rate, Duration stall) {
        assertThat(rate).isEqualTo(HttpLimits.DEFAULT.bodyBytesPerSecond());
        return HttpLimits.DEFAULT.withTimes(
                head, HttpLimits.DEFAULT.keepAliveTime(), window, stall);
    }

    @Test
    void endsABodyThatIsTooSlow() throws Exception {
        restart(
                limits(
                        Duration.ofSeconds(5),
                        Duration.ofMillis(300),
                        1024,
                        Duration.ofSeconds(60)));
        try (RawClient client = client()) {
            client.send(RawClient.request("POST", "/echo", "Content-Length: 1000") + "abc");
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(408);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void tellsTheHandlerOfABodyCutShort() throws Exception {
        try (RawClient client = client()) {
            client.send(RawClient.request("POST", "/echo", "Content-Length: 100000") + "abc");
            await().until(() -> meters.get("millrace.http.connections").gauge().value() > 0);
        }
        await().untilAsserted(
                        () ->
                                assertThat(bodyFailure.get())
                                        .isInstanceOfSatisfying(
                                                RequestBodyException.class,
                                                e ->
                                                        assertThat(e.reason())
                                                                .isEqualTo(
                                                                        RequestBodyException.Reason
                                                                                .CUT)));
    }

    @Test
    void limitsTheBody() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply =
                    client.send(RawClient.request("POST", "/echo", "Content-Length: 2000000"))
                            .read();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.header("Connection")).isEqualTo("close");
        }
        try (RawClient client = client()) {
            client.send(RawClient.request("POST", "/echo", "Transfer-Encoding: chunked"));
            String chunk = "10000\r\n" + "a".repeat(65536) + "\r\n";
            Thread.ofVirtual().start(() -> sendQuietly(client, chunk.repeat(40)));
            assertThat(client.read().status()).isEqualTo(413);
        }
    }

    @Test
    void asksForTheBodyWhenTheClientWaitsForThat() throws Exception {
        try (RawClient client = client()) {
            client.send(
                    RawClient.request(
                            "POST", "/echo", "Content-Length: 3", "Expect: 100-continue"));
            assertThat(client.read().status()).isEqualTo(100);
            client.send("abc");
            assertThat(client.read().text()).isEqualTo("abc");
            client.send(
                    RawClient.request(
                            "POST", "/small", "Content-Length: 3", "Expect: 100-continue"));
            RawClient.Reply unread = client.read();
            assertThat(unread.status()).isEqualTo(200);
            assertThat(unread.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void goesOnAfterABodyThatNobodyRead() throws Exception {
        try (RawClient client = client()) {
            client.send(
                    RawClient.request("POST", "/small", "Content-Length: 100000")
                            + "a".repeat(100_000));
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.exchange("GET", "/small").text()).isEqualTo("ok /small\n");
        }
    }

    @Test
    void holdsASenderBackWhileNobodyReads() throws Exception {
        var reading = new CountDownLatch(1);
        router.add(
                "/slow",
                "slow",
                64 << 20,
                HttpHandler.blocking(
                        e -> {
                            try (InputStream in = e.bodyStream()) {
                                int first = in.read();
                                reading.await(60, TimeUnit.SECONDS);
                                return HttpReply.text(
                                        200,
                                        first
                                                + " "
                                                + in.transferTo(OutputStream.nullOutputStream()));
                            }
                        }));
        try (RawClient client = client()) {
            int size = 60 << 20;
            client.send(RawClient.request("POST", "/slow", "Content-Length: " + size));
            var sent = new AtomicLong();
            Thread.ofVirtual().start(() -> sendCounting(client, size, sent));
            var last = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(200))
                    .until(() -> sent.get() > 0 && last.getAndSet(sent.get()) == sent.get());
            // Socket buffers and 320 KB of ours.
            assertThat(sent.get()).isLessThan(30 << 20);
            reading.countDown();
            assertThat(client.read().text()).isEqualTo("97 " + (size - 1) + "\n");
        }
    }

    private static void sendCounting(RawClient client, int size, AtomicLong sent) {
        byte[] piece = "a".repeat(64 << 10).getBytes(StandardCharsets.US_ASCII);
        try {
            while (sent.get() < size) {
                client.send(piece);
                sent.addAndGet(piece.length);
            }
        } catch (IOException _) {
            // The reader sees it.
        }
    }

    @Test
    void streamsAReply() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.exchange("GET", "/stream");
            assertThat(reply.header("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(reply.text()).startsWith("line 0\n").endsWith("line 99\n");
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        }
        try (RawClient client = client()) {
            client.send("GET /stream HTTP/1.0\r\n\r\n");
            assertThat(client.read().text()).endsWith("line 99\n");
        }
    }

    @Test
    void aStalledReaderStopsTheProducer() throws Exception {
        var written = new AtomicLong();
        var ended = new CountDownLatch(1);
        router.add(
                "/endless",
                "endless",
                e ->
                        e.reply(
                                HttpReply.stream(
                                        200,
                                        "video/mp2t",
                                        writer ->
                                                Thread.ofVirtual()
                                                        .start(
                                                                () ->
                                                                        writeForEver(
                                                                                writer, written,
                                                                                ended)))));
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.connect(new InetSocketAddress("127.0.0.1", server.localPort()));
        try (RawClient client = new RawClient(socket)) {
            client.send(RawClient.get("/endless"));
            var last = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(200))
                    .until(
                            () ->
                                    written.get() > 0
                                            && last.getAndSet(written.get()) == written.get());
            assertThat(written.get()).isLessThan(16 << 20);
        }
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void writeForEver(BodyWriter writer, AtomicLong written, CountDownLatch ended) {
        byte[] piece = new byte[8192];
        try (OutputStream out = writer.asOutputStream()) {
            while (true) {
                out.write(piece);
                written.addAndGet(piece.length);
            }
        } catch (IOException _) {
            ended.countDown();
        }
    }

    @Test
    void closesAConnectionThatTakesNothing() throws Exception {
        restart(
                limits(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(15),
                        1024,
                        Duration.ofMillis(400)));
        byte[] huge = new byte[32 << 20];
        var closed = new CountDownLatch(1);
        router.add(
                "/huge",
                "huge",
                e -> {
                    e.onClose(closed::countDown);
                    e.reply(HttpReply.bytes(200, "video/mp4", huge));
                });
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.connect(new InetSocketAddress("127.0.0.1", server.localPort()));
        try (RawClient client = new RawClient(socket)) {
            client.send(RawClient.get("/huge"));
            assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aHandlersMistakeIsA500WithTheRequestsId() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply = client.exchange("GET", "/broken");
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.text()).contains(reply.header("X-Request-Id"));
            assertThat(reply.text()).doesNotContain("own mistake");
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        }
    }

    @Test
    void answersPreflights() throws Exception {
        try (RawClient client = client()) {
            RawClient.Reply reply =
                    client.exchange(
                            "OPTIONS",
                            "/api",
                            "Origin: http://a",
                            "Access-Control-Request-Headers: content-type");
            assertThat(reply.status()).isEqualTo(204);
            assertThat(reply.header("Access-Control-Allow-Methods")).contains("POST");
            assertThat(reply.header("Access-Control-Allow-Headers")).isEqualTo("content-type");
        }
    }

    @Test
    void drainsFinishingWhatIsUnderWay() throws Exception {
        try (RawClient busy = client();
                RawClient idle = client()) {
            assertThat(idle.exchange("GET", "/small").status()).isEqualTo(200);
            busy.send(RawClient.get("/later"));
            await().until(() -> server.connections() == 2);
            Thread draining = Thread.ofVirtual().start(() -> server.drain(Duration.ofSeconds(10)));
            assertThat(idle.isAtEnd()).isTrue();
            assertThatThrownBy(this::client).isInstanceOf(IOException.class);
            release.countDown();
            RawClient.Reply reply = busy.read();
            assertThat(reply.text()).isEqualTo("later\n");
            assertThat(reply.header("Connection")).isEqualTo("close");
            draining.join(60_000);
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void namesABusyPort() {
        var options = HttpServerOptions.of("http", "127.0.0.1", server.localPort());
        assertThatThrownBy(() -> new HttpServer(options, router, loops).start())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("port " + server.localPort() + " on 127.0.0.1")
                .hasMessageContaining("is already in use");
    }

    @Test
    void refusesConnectionsAboveTheCap() throws Exception {
        restart(HttpLimits.DEFAULT.withNumbers(1, 0, 20_000, 0));
        try (RawClient first = client()) {
            assertThat(first.exchange("GET", "/small").status()).isEqualTo(200);
            try (RawClient second = client()) {
                assertThat(second.isAtEnd()).isTrue();
            }
            assertThat(first.exchange("GET", "/small").status()).isEqualTo(200);
        }
    }

    @Test
    void countsRequestsByRouteAndStatus() throws Exception {
        try (RawClient client = client()) {
            client.exchange("GET", "/small");
            client.exchange("GET", "/nowhere");
        }
        await().untilAsserted(
                        () -> {
                            assertThat(
                                            meters.get("millrace.http.requests")
                                                    .tags("route", "small", "status", "2xx")
                                                    .timer()
                                                    .count())
                                    .isEqualTo(1);
                            assertThat(
                                            meters.get("millrace.http.requests")
                                                    .tags("route", "none", "status", "4xx")
                                                    .timer()
                                                    .count())
                                    .isEqualTo(1);
                        });
    }

    @Test
    void servesTlsToTheJdksClient(@TempDir Path folder) throws Exception {
        var options =
                HttpServerOptions.of("https", "127.0.0.1", 0)
                        .withTls(new TlsOptions.SelfSigned(folder, "localhost"));
        for (int start = 0; start < 2; start++) {
            try (var tls = new HttpServer(options, router, loops).start();
                    HttpClient client = HttpClient.newBuilder().sslContext(trustingAll()).build()) {
                URI base = URI.create("https://localhost:" + tls.localPort());
                HttpResponse<byte[]> big =
                        client.send(
                                HttpRequest.newBuilder(base.resolve("/big")).build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                assertThat(big.body()).isEqualTo(BIG);
                assertThat(big.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(big.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
                HttpResponse<byte[]> echo =
                        client.send(
                                HttpRequest.newBuilder(base.resolve("/echo"))
                                        .POST(HttpRequest.BodyPublishers.ofByteArray(BIG))
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                assertThat(echo.body()).isEqualTo(BIG);
            }
        }
    }

    private static SSLContext trustingAll() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManager all =
                new X509TrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                };
        context.init(null, new TrustManager[] {all}, new SecureRandom());
        return context;
    }
}
