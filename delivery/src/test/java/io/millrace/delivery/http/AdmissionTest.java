package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// Who is let in: the PROXY protocol, limits of an address, shedding of load.
class AdmissionTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<AutoCloseable> open = new ArrayList<>();

    AdmissionTest() {
        router.add(
                "/who",
                "who",
                e ->
                        e.reply(
                                HttpReply.text(
                                        200,
                                        e.remoteAddress().getAddress().getHostAddress()
                                                + " "
                                                + e.remoteAddress().getPort())));
        router.add(
                "/later",
                "later",
                HttpHandler.blocking(
                        e -> {
                            release.await(60, TimeUnit.SECONDS);
                            return HttpReply.text(200, "later");
                        }));
    }

    @AfterEach
    void stop() throws Exception {
        release.countDown();
        for (AutoCloseable part : open.reversed()) {
            part.close();
        }
        loops.close();
    }

    private HttpServer start(UnaryOperator<HttpServerOptions> change) throws IOException {
        HttpServer server =
                new HttpServer(
                                change.apply(
                                        HttpServerOptions.of("test", "127.0.0.1", 0)
                                                .withMeters(meters)),
                                router,
                                loops)
                        .start();
        open.add(server);
        return server;
    }

    private RawClient client(HttpServer server) throws IOException {
        var client = new RawClient(server.localPort());
        open.add(client);
        return client;
    }

    private static HttpServerOptions behindProxy(HttpServerOptions options) {
        return options.withProxyProtocolFrom(Set.of(InetAddress.getLoopbackAddress()));
    }

    private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\\r\\n               | 192.0.2.7 56324
                    PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\\r\\n              | 2001:db8:0:0:0:0:0:7 56324
                    PROXY UNKNOWN\\r\\n                                             | 127.0.0.1
                    PROXY UNKNOWN ffff::1 ffff::2 1 2\\r\\n                         | 127.0.0.1
                    x21 11 000C C0000207 C6336401 DC04 01BB                        | 192.0.2.7 56324
                    x21 11 0010 C0000207 C6336401 DC04 01BB 04000141               | 192.0.2.7 56324
                    x21 21 0024 20010DB8000000000000000000000007 20010DB8000000000000000000000001 DC04 01BB | 2001:db8:0:0:0:0:0:7 56324
                    x20 00 0000                                                    | 127.0.0.1
                    x21 00 0000                                                    | 127.0.0.1
                    PROXY TCP4 192.0.2.7 198.51.100.1 56324\\r\\n                   | -
                    PROXY TCP4 2001:db8::7 198.51.100.1 1 2\\r\\n                   | -
                    PROXY TCP4 example.org 198.51.100.1 1 2\\r\\n                   | -
                    PROXY TCP4 192.0.2.7 198.51.100.1 70000 2\\r\\n                 | -
                    PROXY TCP4 192.0.2.7 198.51.100.1 1 2\\n                       | -
                    PROXY UNKNOWN ...............................................................................................\\r\\n | -
                    x31 11 000C C0000207 C6336401 DC04 01BB                        | -
                    x22 11 000C C0000207 C6336401 DC04 01BB                        | -
                    x21 11 0008 C0000207 C6336401                                  | -
                    x21 11 FFFF C0000207                                           | -
                    GET /                                                          | -
                    """)
    void aProxySaysWhoAsks(String header, String who) throws Exception {
        HttpServer server = start(AdmissionTest::behindProxy);
        byte[] bytes =
                header.startsWith("x")
                        ? HexFormat.of().parseHex(SIGNATURE + header.substring(1).replace(" ", ""))
                        : header.replace("\\r", "\r")
                                .replace("\\n", "\n")
                                .getBytes(StandardCharsets.US_ASCII);
        for (boolean slowly : new boolean[] {false, true}) {
            RawClient client = client(server);
            try {
                for (int i = 0; slowly && i < bytes.length; i++) {
                    client.send(bytes, i, 1);
                }
                if (!slowly) {
                    client.send(bytes);
                }
                client.send(RawClient.get("/who"));
            } catch (IOException e) {
                assertThat(who).as(e.toString()).isEqualTo("-");
            }
            if (who.equals("-")) {
                assertThat(isClosed(client)).isTrue();
            } else {
                assertThat(client.read().text()).startsWith(who);
                assertThat(client.exchange("GET", "/who").text()).startsWith(who);
            }
        }
    }

    private static boolean isClosed(RawClient client) {
        try {
            return client.isAtEnd();
        } catch (IOException _) {
            return true;
        }
    }

    @Test
    void aProxyMaySpeakForTlsAndHttp2(@TempDir Path folder) throws Exception {
        HttpServer plain = start(AdmissionTest::behindProxy);
        Socket socket = new Socket("127.0.0.1", plain.localPort());
        socket.getOutputStream()
                .write("PROXY TCP4 192.0.2.7 1.1.1.1 5 6\r\n".getBytes(StandardCharsets.US_ASCII));
        try (var client = new RawHttp2Client(socket)) {
            assertThat(client.get(1, "/who").reply(1).text()).isEqualTo("192.0.2.7 5\n");
        }
        HttpServer secure =
                start(o -> behindProxy(o).withTls(new TlsOptions.SelfSigned(folder, "localhost")));
        Socket raw = new Socket("127.0.0.1", secure.localPort());
        raw.getOutputStream()
                .write("PROXY TCP4 192.0.2.7 1.1.1.1 5 6\r\n".getBytes(StandardCharsets.US_ASCII));
        var tls = HotTlsTest.trustingAll().getSocketFactory().createSocket(raw, "a", 1, true);
        try (var client = new RawClient(tls)) {
            assertThat(client.exchange("GET", "/who").text()).isEqualTo("192.0.2.7 5\n");
        }
    }

    @Test
    void onlyListedProxiesMaySpeakForOthers() throws Exception {
        HttpServer server =
                start(o -> o.withProxyProtocolFrom(Set.of(InetAddress.ofLiteral("192.0.2.1"))));
        assertThat(client(server).exchange("GET", "/who").text()).startsWith("127.0.0.1 ");
        RawClient liar = client(server);
        liar.send("PROXY TCP4 192.0.2.7 1.1.1.1 5 6\r\n" + RawClient.get("/who"));
        assertThat(liar.read().status()).isEqualTo(400);
    }

    @Test
    void aHeaderThatDoesNotComeIsNotWaitedFor() throws Exception {
        HttpServer server =
                start(
                        o ->
                                behindProxy(o)
                                        .withLimits(
                                                HttpLimits.DEFAULT.withTimes(
                                                        Duration.ofMillis(200), LONG, LONG, LONG)));
        RawClient client = client(server);
        client.send("PROXY TCP4 192");
        assertThat(client.isAtEnd()).isTrue();
    }

    private RawClient from(HttpServer server, String address) throws IOException {
        return client(server).send("PROXY TCP4 " + address + " 1.1.1.1 5 6\r\n");
    }

    @Test
    void anAddressHasSoManyConnections() throws Exception {
        HttpServer server =
                start(
                        o ->
                                behindProxy(o)
                                        .withLimits(
                                                HttpLimits.DEFAULT.withNumbers(100, 2, 100, 0)));
        RawClient first = from(server, "192.0.2.7");
        assertThat(first.exchange("GET", "/who").status()).isEqualTo(200);
        assertThat(from(server, "192.0.2.7").exchange("GET", "/who").status()).isEqualTo(200);
        assertThat(from(server, "192.0.2.7").isAtEnd()).isTrue();
        assertThat(from(server, "192.0.2.8").exchange("GET", "/who").status()).isEqualTo(200);
        first.close();
        await().until(() -> server.connections() == 2);
        assertThat(from(server, "192.0.2.7").exchange("GET", "/who").status()).isEqualTo(200);
        assertThat(meters.get("millrace.http.connections.refused").counter().count()).isEqualTo(1);
    }

    @Test
    void anAddressHasSoManyRequests() throws Exception {
        HttpServer server =
                start(
                        o ->
                                behindProxy(o)
                                        .withLimits(
                                                HttpLimits.DEFAULT.withNumbers(100, 0, 100, 2)));
        RawClient first = from(server, "192.0.2.7").send(RawClient.get("/later"));
        RawClient second = from(server, "192.0.2.7").send(RawClient.get("/later"));
        await().until(() -> active() == 2);
        RawClient third = from(server, "192.0.2.7");
        RawClient.Reply refused = third.exchange("GET", "/who");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isEqualTo("5");
        assertThat(refused.header("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(from(server, "192.0.2.8").exchange("GET", "/who").status()).isEqualTo(200);
        release.countDown();
        assertThat(first.read().status()).isEqualTo(200);
        assertThat(second.read().status()).isEqualTo(200);
        assertThat(third.exchange("GET", "/who").status()).isEqualTo(200);
        assertThat(shed("address")).isEqualTo(1);
    }

    private double active() {
        return meters.get("millrace.http.requests.active").gauge().value();
    }

    private double shed(String reason) {
        return meters.get("millrace.http.shed").tag("reason", reason).counter().count();
    }

    @Test
    void nearTheLimitOfRequestsLoadIsShedInTwoSteps() throws Exception {
        HttpServer server =
                start(
                        o ->
                                o.withLimits(HttpLimits.DEFAULT.withNumbers(100, 0, 20, 0))
                                        .withSessionStarts(path -> path.endsWith("master.m3u8")));
        for (int i = 0; i < 16; i++) {
            client(server).send(RawClient.get("/later"));
        }
        await().until(() -> active() == 16);
        // The 17th of 20 is 85 %.
        RawClient last = client(server);
        RawClient.Reply reply = last.exchange("GET", "/who");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Connection")).isEqualTo("close");
        assertThat(last.isAtEnd()).isTrue();
        RawClient.Reply session = client(server).exchange("GET", "/who/master.m3u8");
        assertThat(session.status()).isEqualTo(503);
        assertThat(session.header("Retry-After")).isEqualTo("5");
        client(server).send(RawClient.get("/later"));
        client(server).send(RawClient.get("/later"));
        await().until(() -> active() == 18);
        // The 19th is 95 %.
        assertThat(client(server).exchange("GET", "/who").status()).isEqualTo(503);
        release.countDown();
        await().until(() -> active() == 0);
        RawClient kept = client(server);
        assertThat(kept.exchange("GET", "/who").status()).isEqualTo(200);
        assertThat(kept.exchange("GET", "/who/master.m3u8").status()).isEqualTo(200);
        assertThat(shed("session")).isEqualTo(1);
        assertThat(shed("requests")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nearTheLimitOfMemoryLoadIsShedInTwoSteps(boolean http2) throws Exception {
        double[] fraction = {0.5};
        var gauge = new LoadGauge(() -> fraction[0], Duration.ofMillis(5), meters);
        open.add(gauge);
        HttpServer server = start(o -> o.withLoad(gauge));
        HttpServer health = start(o -> o);
        assertThat(status(server, http2)).isEqualTo("200 kept");
        fraction[0] = 0.85;
        await().until(() -> gauge.level() == LoadGauge.Level.SPARING);
        assertThat(status(server, http2)).isEqualTo("200 closed");
        fraction[0] = 0.96;
        await().until(() -> gauge.level() == LoadGauge.Level.REFUSING);
        assertThat(status(server, http2)).isEqualTo("503 closed");
        assertThat(status(health, http2)).isEqualTo("200 kept");
        fraction[0] = 0.1;
        await().until(() -> gauge.level() == LoadGauge.Level.CALM);
        assertThat(status(server, http2)).isEqualTo("200 kept");
        assertThat(shed("memory")).isEqualTo(1);
    }

    private String status(HttpServer server, boolean http2) throws IOException {
        if (http2) {
            try (var client = new RawHttp2Client(server.localPort())) {
                int status = client.get(1, "/who").reply(1).status();
                client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
                while (true) {
                    int type = client.frame().type();
                    if (type == RawHttp2Client.GOAWAY) {
                        return status + " closed";
                    }
                    if (type == RawHttp2Client.PING) {
                        return status + " kept";
                    }
                }
            }
        }
        RawClient.Reply reply = client(server).exchange("GET", "/who");
        return reply.status() + (reply.header("Connection").isEmpty() ? " kept" : " closed");
    }

    @Test
    void theGaugeOfThisProcessIsCalm() {
        try (LoadGauge gauge = LoadGauge.start(meters)) {
            System.gc();
            assertThat(gauge.level()).isEqualTo(LoadGauge.Level.CALM);
            await().untilAsserted(
                            () ->
                                    assertThat(meters.get("millrace.load.memory").gauge().value())
                                            .isBetween(0.0001, 0.8));
        }
    }
}
