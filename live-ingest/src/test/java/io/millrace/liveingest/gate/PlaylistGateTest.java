package io.millrace.liveingest.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.http.PreparedReply;
import io.millrace.liveingest.hook.HookProgram;
import io.millrace.liveingest.hook.HookProgram.Says;
import io.millrace.storage.sign.PathSigner;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/// Viewers before a gate that asks a real program over HTTP, on a clock of the test's.
class PlaylistGateTest {
    private static final PathSigner NODES =
            new PathSigner(new LinkedHashMap<>(Map.of("k", new byte[32])));
    private static final PreparedReply PLAYLIST =
            PreparedReply.of(
                    HttpReply.bytes(200, "application/vnd.apple.mpegurl", new byte[2000])
                            .cacheControl("max-age=2"));

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private SimpleMeterRegistry gateMeters = new SimpleMeterRegistry();
    private final AtomicLong nanos = new AtomicLong();
    private final EventLoops loops = EventLoops.start(2);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HookProgram program;
    private HttpServer server;

    @BeforeAll
    static void patience() {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(40));
    }

    @BeforeEach
    void start() throws IOException {
        program = new HookProgram(Duration.ofSeconds(20), meters);
        serve(new PlaylistGate.Limits(100, 200, 50, 1000));
    }

    private void serve(PlaylistGate.Limits limits) throws IOException {
        if (server != null) {
            server.close();
        }
        gateMeters = new SimpleMeterRegistry();
        var gate =
                new PlaylistGate(
                        program.gate(),
                        NODES,
                        InstantSource.system(),
                        nanos::get,
                        limits,
                        gateMeters);
        server =
                new HttpServer(
                                HttpServerOptions.of("http", "127.0.0.1", 0)
                                        .withTrustedProxies(
                                                Set.of(InetAddress.getLoopbackAddress())),
                                new HttpRouter()
                                        .add("/live/", "live", exchange -> handle(gate, exchange)),
                                loops)
                        .start();
    }

    /// `/live/{stream}/{name}`, with the link's token as a header.
    private static void handle(PlaylistGate gate, HttpExchange exchange) throws HttpProblem {
        String[] path = exchange.pathBelowRoute().split("/");
        String token = exchange.header("Link-Token");
        token = token == null ? "" : token;
        boolean looks = path[1].equals("thumb.jpg");
        if (gate.admits(exchange, path[0], token, looks)) {
            answer(exchange, path[1]);
        } else {
            gate.ask(
                    exchange,
                    path[0],
                    token,
                    looks ? "thumbnail" : "hls",
                    "",
                    () -> answer(exchange, path[1]));
        }
    }

    private static void answer(HttpExchange exchange, String name) {
        if (name.endsWith(".m3u8")) {
            exchange.reply(PLAYLIST);
        } else {
            exchange.reply(
                    HttpReply.text(200, name)
                            .cacheControl("public, s-maxage=9, max-age=60, immutable"));
        }
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        program.close();
        loops.close();
    }

    private CompletableFuture<HttpResponse<String>> ask(String path, String... headers) {
        var request =
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.localPort() + "/live/" + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers) {
        return ask(path, headers).join();
    }

    private int status(String path, String... headers) {
        return get(path, headers).statusCode();
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private double gauge(String name) {
        return gateMeters.get(name).gauges().stream().mapToDouble(g -> g.value()).sum();
    }

    private double counted(String outcome) {
        Counter counter =
                meters.find("millrace.live.play.questions")
                        .tags("kind", "hls", "outcome", outcome)
                        .counter();
        return counter == null ? 0 : counter.count();
    }

    private static String cacheControl(HttpResponse<String> reply) {
        return reply.headers().firstValue("Cache-Control").orElse("");
    }

    @Test
    void aViewerIsAskedAboutOnceAndGoesOnAsLongAsHeAsks() {
        var first = get("cam/v1.m3u8?ticket=7&_HLS_msn=3", "User-Agent", "player/1");
        assertThat(first.statusCode()).isEqualTo(200);
        var question = program.heard.getFirst();
        assertThat(question.path("event").asString()).isEqualTo("play");
        assertThat(question.path("stream").asString()).isEqualTo("cam");
        assertThat(question.path("kind").asString()).isEqualTo("hls");
        assertThat(question.path("address").asString()).isEqualTo("127.0.0.1");
        assertThat(question.path("userAgent").asString()).isEqualTo("player/1");
        assertThat(question.path("parameters").toString()).isEqualTo("{\"ticket\":\"7\"}");
        for (int i = 0; i < 5; i++) {
            pass(50);
            assertThat(status("cam/v1-seg-1.m4s", "User-Agent", "player/1")).isEqualTo(200);
        }
        assertThat(program.heard).hasSize(1);
        pass(61);
        assertThat(status("cam/v1-seg-1.m4s", "User-Agent", "player/1")).isEqualTo(200);
        assertThat(program.heard).hasSize(2);
        assertThat(counted("asked")).isEqualTo(2);
        assertThat(counted("allowed")).isEqualTo(2);
    }

    @Test
    void whoPausedIsAskedAboutWithWhatHeCameWith() {
        program.answers =
                question ->
                        question.path("parameters").path("ticket").asString("").equals("7")
                                ? Says.YES
                                : new Says(403, "");
        assertThat(status("cam/master.m3u8?ticket=7")).isEqualTo(200);
        assertThat(status("cam/v1.m3u8")).isEqualTo(200);
        pass(10 * 60);
        get("hall/v1.m3u8"); // sweeps
        assertThat(status("cam/v1.m3u8?_HLS_msn=9")).isEqualTo(200);
        pass(10 * 60);
        var ticket = program.answers;
        program.answers = _ -> new Says(500, "");
        assertThat(status("cam/v1.m3u8")).isEqualTo(503);
        program.answers = ticket;
        pass(20);
        get("hall/v1.m3u8");
        assertThat(status("cam/v1.m3u8")).as("after trouble").isEqualTo(200);
        program.answers = _ -> new Says(403, "It is over.");
        pass(10 * 60);
        assertThat(status("cam/v1.m3u8")).isEqualTo(403);
        program.answers = _ -> Says.YES;
        pass(40);
        assertThat(status("cam/v1.m3u8")).isEqualTo(200);
        assertThat(program.heard.getLast().path("parameters").isEmpty())
                .as("whoever was refused is a new viewer")
                .isTrue();
        pass(62);
        assertThat(status("cam/master.m3u8?ticket=8")).isEqualTo(200);
        pass(61 + 30 * 60);
        get("hall/v1.m3u8");
        await().until(() -> gauge("millrace.live.play.remembered") == 1);
        assertThat(status("cam/v1.m3u8")).isEqualTo(200);
        assertThat(program.heard.getLast().path("parameters").isEmpty()).isTrue();
    }

    @Test
    void othersAreOtherViewers() {
        get("cam/a.m3u8", "User-Agent", "one");
        get("cam/a.m3u8", "User-Agent", "two");
        get("hall/a.m3u8", "User-Agent", "one");
        get("cam/a.m3u8", "User-Agent", "one", "Link-Token", "t1");
        get("cam/a.m3u8", "User-Agent", "one", "Link-Token", "t2");
        get("cam/a.m3u8?user=1", "User-Agent", "one");
        get("cam/a.m3u8?user=2", "User-Agent", "one");
        assertThat(program.heard).hasSize(7);
        assertThat(program.heard.get(3).path("parameters").toString()).isEqualTo("{\"s\":\"t1\"}");
        for (String path : List.of("cam/a.m3u8?user=1&_HLS_msn=9", "cam/a.m3u8?CMCD=x", "cam/x")) {
            assertThat(status(path, "User-Agent", "one")).isEqualTo(200);
        }
        assertThat(program.heard).hasSize(7);
    }

    @Test
    void behindAProxyTheAddressIsTheOneThatTheProxyTells() {
        get("cam/a.m3u8", "X-Forwarded-For", "192.0.2.1");
        get("cam/a.m3u8", "X-Forwarded-For", "192.0.2.2");
        get("cam/b.m3u8", "X-Forwarded-For", "203.0.113.9, 192.0.2.1");
        assertThat(program.heard("address")).containsExactly("192.0.2.1", "192.0.2.2");
    }

    @Test
    void aNoHoldsForHalfAMinuteAndForThatTicketOnly() {
        program.answers =
                question ->
                        question.path("parameters").path("ticket").asString("").equals("good")
                                ? Says.YES
                                : new Says(403, "Buy a ticket.\nstack");
        var refused = get("cam/a.m3u8?ticket=bad");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).isEqualTo("Buy a ticket.\n");
        assertThat(cacheControl(refused)).isEqualTo("no-store");
        assertThat(status("cam/a.m3u8?ticket=bad")).isEqualTo(403);
        assertThat(program.heard).hasSize(1);
        assertThat(status("cam/v1-seg-1.m4s")).isEqualTo(403);
        assertThat(status("cam/v1-seg-1.m4s")).isEqualTo(403);
        assertThat(program.heard).hasSize(2);
        assertThat(status("cam/a.m3u8?ticket=good")).isEqualTo(200);
        assertThat(program.heard).hasSize(3);
        assertThat(status("cam/v1-seg-1.m4s")).as("what its playlist names").isEqualTo(200);
        assertThat(status("cam/a.m3u8?ticket=bad")).isEqualTo(403);
        assertThat(program.heard).hasSize(3);
        pass(31);
        assertThat(status("cam/a.m3u8?ticket=bad")).isEqualTo(403);
        assertThat(program.heard).hasSize(4);
        assertThat(counted("refused")).isEqualTo(3);
    }

    @Test
    void whatIsWantedMeanwhileWaitsForTheSameAnswer() {
        program.mayAnswer.drainPermits();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            waiting.add(ask("cam/v" + i + ".m3u8"));
        }
        await().until(() -> gauge("millrace.live.play.waiting") == 40);
        assertThat(program.heard).hasSize(1);
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        program.mayAnswer.release();
        assertThat(waiting).allMatch(reply -> reply.join().statusCode() == 200);
        assertThat(program.heard).hasSize(1);
        assertThat(gauge("millrace.live.play.waiting")).isZero();
    }

    @Test
    void whoLeavesWhileHeWaitsHoldsNothingUp() throws Exception {
        program.mayAnswer.drainPermits();
        HttpClient impatient = HttpClient.newHttpClient();
        impatient.sendAsync(
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + server.localPort()
                                                + "/live/cam/a.m3u8"))
                        .header("User-Agent", "same")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        await().until(() -> gauge("millrace.live.play.waiting") == 1);
        var patient = ask("cam/a.m3u8", "User-Agent", "same");
        await().until(() -> gauge("millrace.live.play.waiting") == 2);
        impatient.shutdownNow();
        assertThat(impatient.awaitTermination(Duration.ofSeconds(40))).isTrue();
        program.mayAnswer.release();
        assertThat(patient.join().statusCode()).isEqualTo(200);
        await().until(() -> gauge("millrace.live.play.waiting") == 0);
    }

    @Test
    void troubleIsToldApartFromANo() {
        program.answers = _ -> new Says(500, "boom");
        var unknown = get("cam/a.m3u8");
        assertThat(unknown.statusCode()).isEqualTo(503);
        assertThat(unknown.headers().firstValue("Retry-After")).contains("2");
        assertThat(cacheControl(unknown)).isEqualTo("no-store");
        assertThat(status("cam/a.m3u8")).isEqualTo(503);
        assertThat(program.heard).as("not asked by every request").hasSize(1);
        program.answers = _ -> Says.YES;
        pass(3);
        assertThat(status("cam/a.m3u8")).isEqualTo(200);
        program.goAway();
        assertThat(status("cam/a.m3u8")).as("who watches").isEqualTo(200);
        assertThat(status("cam/a.m3u8", "User-Agent", "new")).isEqualTo(503);
        assertThat(counted("failed")).isEqualTo(2);
    }

    @Test
    void aProgramThatDoesNotAnswerIsNotWaitedForForEver() throws Exception {
        program.close();
        program = new HookProgram(Duration.ofMillis(300), meters);
        serve(new PlaylistGate.Limits(100, 200, 50, 1000));
        program.mayAnswer.drainPermits();
        assertThat(status("cam/a.m3u8")).isEqualTo(503);
    }

    @Test
    void aPictureIsLessThanTheStream() {
        program.answers =
                question ->
                        question.path("kind").asString().equals("thumbnail")
                                ? Says.YES
                                : new Says(403, "");
        assertThat(status("cam/thumb.jpg")).isEqualTo(200);
        assertThat(status("cam/thumb.jpg")).isEqualTo(200);
        assertThat(program.heard("kind")).containsExactly("thumbnail");
        assertThat(status("cam/a.m3u8")).isEqualTo(403);
        program.answers = _ -> Says.YES;
        assertThat(status("hall/a.m3u8")).isEqualTo(200);
        assertThat(status("hall/thumb.jpg")).isEqualTo(200);
        assertThat(program.heard("kind")).containsExactly("thumbnail", "hls", "hls");
    }

    @Test
    void sharedCachesKeepNothingOfIt() {
        assertThat(cacheControl(get("cam/a.m3u8"))).isEqualTo("private, max-age=2");
        assertThat(cacheControl(get("cam/a.m3u8", "Accept-Encoding", "gzip")))
                .isEqualTo("private, max-age=2");
        assertThat(cacheControl(get("cam/a.m4s"))).isEqualTo("private, max-age=60, immutable");
    }

    @Test
    void nodesAreNotAskedAboutAndMayKeepWhatTheyGet() {
        program.answers = _ -> new Says(403, "");
        String token = NodeToken.sign(NODES, "cam", Instant.now().plusSeconds(60));
        var reply = get("cam/a.m3u8", NodeToken.HEADER, token);
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(cacheControl(reply)).isEqualTo("max-age=2");
        assertThat(program.heard).isEmpty();
        String viewers = NODES.sign("cam/", Instant.now().plusSeconds(60));
        String old = NodeToken.sign(NODES, "cam", Instant.now().minusSeconds(1));
        for (String forged : List.of("1", "true", "", token + "x", viewers, old)) {
            assertThat(status("cam/a.m3u8", NodeToken.HEADER, forged)).isEqualTo(403);
        }
        assertThat(status("hall/a.m3u8", NodeToken.HEADER, token)).isEqualTo(403);
        assertThat(program.heard("stream")).containsExactly("cam", "hall");
    }

    @Test
    void whenFullWhoWatchesStaysAndWhoIsRefusedIsForgotten() throws Exception {
        serve(new PlaylistGate.Limits(4, 200, 50, 1000));
        program.answers =
                question ->
                        question.path("userAgent").asString().startsWith("bad")
                                ? new Says(403, "")
                                : Says.YES;
        for (String viewer : List.of("a", "b", "bad1", "bad2")) {
            get("cam/a.m3u8", "User-Agent", viewer);
        }
        assertThat(status("cam/a.m3u8", "User-Agent", "c")).as("makes room").isEqualTo(200);
        assertThat(status("cam/a.m3u8", "User-Agent", "d")).isEqualTo(200);
        var late = get("cam/a.m3u8", "User-Agent", "e");
        assertThat(late.statusCode()).isEqualTo(503);
        assertThat(late.headers().firstValue("Retry-After")).contains("5");
        int asked = program.heard.size();
        for (String viewer : List.of("a", "b", "c", "d")) {
            assertThat(status("cam/a.m3u8", "User-Agent", viewer)).isEqualTo(200);
        }
        assertThat(program.heard).hasSize(asked);
        pass(10);
        assertThat(status("cam/a.m3u8", "User-Agent", "a")).isEqualTo(200);
        pass(10);
        assertThat(status("cam/a.m3u8", "User-Agent", "e")).as("b to d left").isEqualTo(200);
        assertThat(program.heard).hasSize(asked + 1);
        assertThat(status("cam/a.m3u8", "User-Agent", "a")).isEqualTo(200);
        assertThat(program.heard).hasSize(asked + 1);
        assertThat(status("hall/a.m3u8", "User-Agent", "z")).as("another stream").isEqualTo(200);
    }

    @Test
    void allStreamsTogetherHaveTheirBoundToo() throws Exception {
        serve(new PlaylistGate.Limits(4, 3, 50, 1000));
        for (String stream : List.of("one", "two", "three")) {
            assertThat(status(stream + "/a.m3u8")).isEqualTo(200);
        }
        assertThat(status("four/a.m3u8")).isEqualTo(503);
        pass(61);
        assertThat(status("four/a.m3u8")).as("swept in the background").isIn(200, 503);
        await().untilAsserted(
                        () -> {
                            pass(1);
                            assertThat(status("four/a.m3u8")).isEqualTo(200);
                        });
        await().until(() -> gauge("millrace.live.play.remembered") == 1);
    }

    @Test
    void questionsAndWaitingRequestsAreBounded() throws Exception {
        serve(new PlaylistGate.Limits(100, 200, 2, 3));
        program.mayAnswer.drainPermits();
        var first = ask("cam/a.m3u8", "User-Agent", "a");
        var second = ask("cam/a.m3u8", "User-Agent", "b");
        await().until(() -> program.heard.size() == 2);
        assertThat(status("cam/a.m3u8", "User-Agent", "c")).as("a third question").isEqualTo(503);
        var third = ask("cam/b.m3u8", "User-Agent", "a");
        await().until(() -> gauge("millrace.live.play.waiting") == 3);
        assertThat(status("cam/c.m3u8", "User-Agent", "a")).as("a fourth waits").isEqualTo(503);
        program.mayAnswer.release(10);
        for (var reply : List.of(first, second, third)) {
            assertThat(reply.join().statusCode()).isEqualTo(200);
        }
        assertThat(status("cam/a.m3u8", "User-Agent", "c")).isEqualTo(200);
    }
}
