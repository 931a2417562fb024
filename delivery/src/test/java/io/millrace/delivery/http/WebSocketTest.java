package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket.Listener;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

class WebSocketTest {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final WebSocketOptions OPTIONS =
            new WebSocketOptions(
                    300_000, 1000, 64 << 10, Duration.ofSeconds(20), Duration.ofSeconds(45));

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    private HttpServer server = start(HttpLimits.DEFAULT);
    private WebSocketOptions options = OPTIONS;

    /// Says what it hears, and adds up binary messages.
    private final class Echo implements WebSocketHandler {
        private final WebSocket socket;
        private long bytes;

        Echo(WebSocket socket) {
            this.socket = socket;
            opened.complete(socket);
        }

        @Override
        public void onText(String text) {
            if (text.equals("fail")) {
                throw new IllegalStateException("the handler's own mistake");
            }
            heard.add(text);
            socket.sendText(text);
        }

        @Override
        public void onBinary(ByteBuf piece, boolean last) {
            bytes += piece.readableBytes();
            if (last) {
                heard.add("binary " + bytes);
                socket.sendText("binary " + bytes);
                bytes = 0;
            }
        }

        @Override
        public void onDrain() {
            socket.close(WebSocket.GOING_AWAY, "The server stops.");
        }

        @Override
        public void onClose(int code) {
            heard.add("closed " + code);
        }
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

    @BeforeEach
    void routes() {
        router.add("/ws", "ws", exchange -> exchange.upgrade(options, Echo::new));
        router.add(
                "/later",
                "later",
                exchange -> Thread.ofVirtual().start(() -> exchange.upgrade(options, Echo::new)));
        router.add("/small", "small", e -> e.reply(HttpReply.text(200, "ok")));
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private RawClient client() throws IOException {
        return new RawClient(server.localPort());
    }

    private static String handshake(String path) {
        return RawClient.get(
                path,
                "Connection: keep-alive, Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: " + KEY);
    }

    private static byte[] frame(int opcode, boolean fin, byte[] payload) {
        var out = new ByteArrayOutputStream();
        out.write((fin ? 0x80 : 0) | opcode);
        if (payload.length < 126) {
            out.write(0x80 | payload.length);
        } else if (payload.length < 65536) {
            out.write(0x80 | 126);
            out.write(payload.length >> 8);
            out.write(payload.length);
        } else {
            out.write(0x80 | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        byte[] mask = {1, 2, 3, 4};
        out.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            out.write(payload[i] ^ mask[i & 3]);
        }
        return out.toByteArray();
    }

    private static byte[] text(String text) {
        return frame(1, true, text.getBytes(StandardCharsets.UTF_8));
    }

    /// A frame of the server: `opcode:payload`, of a close frame `8:code`.
    private static String read(RawClient client) throws IOException {
        var in = new DataInputStream(client.input());
        int first = in.readUnsignedByte();
        int size = in.readUnsignedByte();
        assertThat(size).as("masked or long").isLessThan(126);
        byte[] payload = in.readNBytes(size);
        int opcode = first & 15;
        return opcode
                + ":"
                + (opcode == 8
                        ? (payload[0] & 0xFF) << 8 | payload[1] & 0xFF
                        : new String(payload, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"/ws", "/later"})
    void becomesAWebSocketOnAConnectionThatServedBefore(String path) throws Exception {
        try (RawClient client = client()) {
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
            client.send(handshake(path));
            RawClient.Reply reply = client.readHead();
            assertThat(reply.status()).isEqualTo(101);
            assertThat(reply.header("Sec-WebSocket-Accept"))
                    .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            client.send(text("hello"));
            assertThat(read(client)).isEqualTo("1:hello");
            assertThat(meters.get("millrace.http.websockets").gauge().value()).isEqualTo(1);
            client.send(frame(8, true, new byte[] {3, (byte) 0xE8}));
            assertThat(read(client)).isEqualTo("8:1000");
            assertThat(client.isAtEnd()).isTrue();
        }
        await().until(() -> heard.contains("closed 1000"));
        assertThat(meters.get("millrace.http.websockets").gauge().value()).isZero();
        assertThat(meters.get("millrace.http.requests.active").gauge().value()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"/ws", "/later"})
    void takesWhatIsSentBehindTheHandshake(String path) throws Exception {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(handshake(path).getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(text("one"));
        bytes.writeBytes(frame(2, false, new byte[70_000]));
        bytes.writeBytes(frame(9, true, new byte[] {'p'}));
        bytes.writeBytes(frame(0, true, new byte[200_000]));
        bytes.writeBytes(frame(1, false, "tw".getBytes(StandardCharsets.UTF_8)));
        bytes.writeBytes(frame(0, true, "o".getBytes(StandardCharsets.UTF_8)));
        byte[] all = bytes.toByteArray();
        int[] splits = {0, 1, 100, 160, 161, 165, 170, 5000, 70_200, all.length - 3};
        for (int split : splits) {
            try (RawClient client = client()) {
                client.send(all, 0, split);
                client.send(all, split, all.length - split);
                assertThat(client.readHead().status()).isEqualTo(101);
                assertThat(read(client)).isEqualTo("1:one");
                assertThat(read(client)).isEqualTo("10:p");
                assertThat(read(client)).isEqualTo("1:binary 270000");
                assertThat(read(client)).isEqualTo("1:two");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8105, 1002", // not masked
        "8585000000000000000000, 1002", // an opcode that is none
        "8285000000000000000000, 0", // a binary message: fine
        "82ff000000007fffffff00000000, 1009", // larger than may be
        "82ffffffffffffffffff00000000, 1002", // larger than there is
        "818200000000c328, 1007", // not UTF-8
        "c18000000000, 1002", // an extension that was not agreed on
        "808000000000, 1002", // goes on with what did not begin
        "890000, 1002", // a ping that is not masked
        "89fe00000000007e, 1002", // a ping too long
    })
    @Execution(ExecutionMode.CONCURRENT)
    void refusesWhatIsNoFrame(String hex, int code) throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(ByteBufUtil.decodeHexDump(hex));
            if (code == 0) {
                assertThat(read(client)).isEqualTo("1:binary 5");
            } else {
                assertThat(read(client)).isEqualTo("8:" + code);
                client.send(frame(8, true, new byte[] {3, (byte) 0xE8}));
                assertThat(client.isAtEnd()).isTrue();
            }
        }
    }

    /// Nobody waits for an answer that could not be read, be the peer silent or loud: waiting some
    /// seconds for each would take longer than this may.
    @Test
    @Timeout(60)
    void closesAtOnceBehindWhatIsNoFrame() throws Exception {
        for (int i = 0; i < 25; i++) {
            try (RawClient client = client()) {
                client.send(handshake("/ws"));
                assertThat(client.readHead().status()).isEqualTo(101);
                client.send(ByteBufUtil.decodeHexDump("8105"));
                client.send(new byte[i * 1000]);
                assertThat(read(client)).isEqualTo("8:1002");
                assertThat(client.isAtEnd()).isTrue();
                int number = i + 1;
                // Also when the client keeps its side open.
                await().until(() -> heard.size() == number);
            }
        }
        assertThat(heard).allMatch(word -> word.equals("closed 1006"));
        assertThat(meters.get("millrace.http.websockets").gauge().value()).isZero();
    }

    @Test
    void boundsTextMessages() throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(frame(1, false, new byte[600]));
            client.send(frame(0, false, new byte[600]));
            assertThat(read(client)).isEqualTo("8:1009");
        }
    }

    @Test
    void closesWhenItsHandlerFails() throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(text("fail"));
            assertThat(read(client)).isEqualTo("8:1011");
            client.send(frame(8, true, new byte[0]));
            assertThat(client.isAtEnd()).isTrue();
        }
        await().until(() -> heard.contains("closed 1005"));
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-WebSocket-Version: 8, Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, 426",
        "Sec-WebSocket-Version: 13, Sec-WebSocket-Key: c2hvcnQ=, 400",
        "Sec-WebSocket-Version: 13, X-Nothing: 1, 400",
    })
    void refusesHandshakesThatAreNone(String version, String key, int status) throws Exception {
        try (RawClient client = client()) {
            assertThat(
                            client.exchange(
                                            "GET",
                                            "/ws",
                                            "Connection: Upgrade",
                                            "Upgrade: websocket",
                                            version,
                                            key)
                                    .status())
                    .isEqualTo(status);
            assertThat(client.exchange("GET", "/ws").status()).isEqualTo(426);
            assertThat(client.exchange("GET", "/small").status()).isEqualTo(200);
        }
    }

    @Test
    void asksTheSilentAndLeavesTheDead() throws Exception {
        options =
                new WebSocketOptions(
                        1000, 1000, 1024, Duration.ofMillis(100), Duration.ofMillis(400));
        server.close();
        server =
                start(
                        HttpLimits.DEFAULT.withTimes(
                                Duration.ofMillis(200),
                                Duration.ofMillis(200),
                                Duration.ofMillis(200),
                                Duration.ofMillis(200)));
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            for (int i = 0; i < 5; i++) {
                assertThat(read(client)).isEqualTo("9:");
                client.send(frame(10, true, new byte[0]));
            }
            assertThat(read(client)).isEqualTo("9:");
            assertThat(client.isAtEnd()).isTrue();
        }
        await().until(() -> heard.contains("closed 1006"));
    }

    @Test
    void readsNoFasterThanItsHandlerWants() throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(text("first"));
            assertThat(read(client)).isEqualTo("1:first");
            opened.join().setReading(false);
            // The loop has done it when it comes to this.
            opened.join().loop().submit(() -> {}).sync();
            client.send(text("second"));
            opened.join().sendText("mark");
            assertThat(read(client)).isEqualTo("1:mark");
            assertThat(heard).doesNotContain("second");
            opened.join().setReading(true);
            assertThat(read(client)).isEqualTo("1:second");
        }
    }

    @Test
    void saysGoodbyeWhenTheServerDrains() throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(text("first"));
            assertThat(read(client)).isEqualTo("1:first");
            var drained = CompletableFuture.runAsync(() -> server.drain(Duration.ofSeconds(10)));
            assertThat(read(client)).isEqualTo("8:1001");
            client.send(frame(8, true, new byte[] {3, (byte) 0xE9}));
            assertThat(client.isAtEnd()).isTrue();
            drained.get(60, TimeUnit.SECONDS);
        }
        await().until(() -> heard.contains("closed 1001"));
    }

    @Test
    void cutsOffWhoDoesNotRead() throws Exception {
        try (RawClient client = client()) {
            client.send(handshake("/ws"));
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(text("first"));
            await().until(() -> heard.contains("first"));
            String much = "x".repeat(100_000);
            await().pollInterval(Duration.ofMillis(1))
                    .until(
                            () -> {
                                opened.join().sendText(much);
                                return heard.contains("closed 1006");
                            });
        }
    }

    @Test
    void speaksWithAClientThatIsNotOurs() throws Exception {
        var answers = new ConcurrentLinkedQueue<String>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            java.net.http.WebSocket socket =
                    http.newWebSocketBuilder()
                            .buildAsync(
                                    URI.create("ws://127.0.0.1:" + server.localPort() + "/ws"),
                                    new Listener() {
                                        @Override
                                        public CompletionStage<?> onText(
                                                java.net.http.WebSocket from,
                                                CharSequence data,
                                                boolean last) {
                                            answers.add(data.toString());
                                            from.request(1);
                                            return CompletableFuture.completedStage(null);
                                        }
                                    })
                            .get(60, TimeUnit.SECONDS);
            socket.sendText("grüße", true).get(60, TimeUnit.SECONDS);
            socket.sendBinary(ByteBuffer.allocate(250_000), false).get(60, TimeUnit.SECONDS);
            socket.sendBinary(ByteBuffer.allocate(250_000), true).get(60, TimeUnit.SECONDS);
            await().until(() -> answers.contains("binary 500000"));
            assertThat(answers).contains("grüße");
            socket.sendClose(4000, "done").get(60, TimeUnit.SECONDS);
            await().until(() -> heard.contains("closed 4000"));
        }
    }
}
