package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.liveingest.EdgePlayers;
import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.LiveServer;
import io.millrace.liveingest.StallingProxy;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.info.StreamReport;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// Players of RTMP and HTTP-FLV on a node that takes no publishers, real ones on both sides.
class EdgePlayIT {
    private static final Duration LONG = Duration.ofSeconds(40);

    @TempDir Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<URI> nodes = new CopyOnWriteArrayList<>();
    private final EventLoops loops = EventLoops.start(2);
    private final LiveEdge edge =
            new LiveEdge(
                    _ -> CompletableFuture.completedFuture(List.copyOf(nodes)),
                    null,
                    LiveServer.NODES,
                    InstantSource.system(),
                    1 << 20,
                    loops,
                    meters);
    private final EdgePlayers players =
            new EdgePlayers(
                    loops,
                    edge.sources(),
                    PlayOptions.DEFAULT,
                    new PlayAccess(null, true, Clock.systemUTC(), PlayGate.OPEN),
                    meters);
    private final HttpServer http =
            new HttpServer(
                    HttpServerOptions.of("http", "127.0.0.1", 0),
                    new HttpRouter()
                            .add(
                                    "/live/",
                                    "live",
                                    players.httpHandler(
                                            exchange -> exchange.reply(HttpReply.text(404, "")))),
                    loops);
    private int rtmpPort;

    @BeforeEach
    void start() throws Exception {
        http.start();
        rtmpPort = players.listen(RtmpServerOptions.onPort(0), null);
        edge.tellViewers(
                "edge", LiveServer.NODES, players.viewers(), _ -> false, Duration.ofMillis(200));
    }

    @AfterEach
    void close() {
        edge.close();
        players.close();
        http.close();
        loops.close();
    }

    private String rtmpUrl(String name) {
        return "rtmp://127.0.0.1:" + rtmpPort + "/live/" + name;
    }

    private String flvUrl(String name) {
        return "http://127.0.0.1:" + http.localPort() + "/live/" + name + ".flv";
    }

    private LiveServer origin(String name) throws Exception {
        var server = new LiveServer(folder.resolve(name), name);
        nodes.add(server.node());
        return server;
    }

    private double pulls() {
        Counter pulls =
                meters.find("millrace.live.edge.requests").tag("outcome", "relayed").counter();
        return pulls == null ? 0 : pulls.count();
    }

    private double relays() {
        Gauge relays = meters.find("millrace.live.edge.relays").gauge();
        return relays == null ? 0 : relays.value();
    }

    /// As the stream's node knows them, which counts the edge itself as none.
    private static Map<String, Integer> viewersAtEdge(LiveServer origin, String entry) {
        StreamReport report = origin.live.reports().of(entry).orElseThrow();
        Map<String, Integer> told = report.viewersByNode().getOrDefault("edge", Map.of());
        assertThat(report.viewers()).isEqualTo(told);
        return told;
    }

    @Test
    void aStreamOfAnotherNodeIsPulledOnceAndPlayedToTheFrameAndItsEnd() throws Exception {
        String entry = "0_far";
        try (var clip = new PlayedClip(folder, 8);
                var origin = origin("origin")) {
            clip.assertNotLive(rtmpUrl(entry));
            try (var publisher = clip.publish(origin, entry)) {
                await().atMost(LONG).until(() -> origin.events.contains("started " + entry));
                clip.play(rtmpUrl(entry), "first.flv");
                clip.play(rtmpUrl(entry), "second.flv");
                clip.play(flvUrl(entry), "third.flv");
                clip.program("rtmpdump.flv", "rtmpdump", "-q", "-v", "-r", rtmpUrl(entry), "-o");
                await().atMost(LONG)
                        .untilAsserted(
                                () ->
                                        assertThat(viewersAtEdge(origin, entry))
                                                .containsEntry("http-flv", 1)
                                                .hasEntrySatisfying(
                                                        "rtmp",
                                                        number ->
                                                                assertThat(number)
                                                                        .isBetween(2, 3)));
                assertThat(publisher.await(60)).isZero();
                clip.assertPlayedToTheEnd();
            }
            assertThat(pulls()).isEqualTo(1);
            await().atMost(LONG).until(() -> relays() == 0);
            clip.assertNotLive(rtmpUrl(entry));
        }
    }

    @Test
    void playersStayWhenTheStreamMovesToAnotherNode() throws Exception {
        String entry = "0_nomad";
        try (var clip = new PlayedClip(folder, 6);
                var first = origin("first");
                var second = origin("second");
                var before = clip.publish(first, entry)) {
            await().atMost(LONG).until(() -> first.events.contains("started " + entry));
            var player = clip.play(rtmpUrl(entry), "moved.flv");
            await().atMost(LONG).until(() -> first.events.contains("playable " + entry));
            await().atMost(LONG).until(() -> pulls() == 1);
            try (var after = clip.publish(second, entry)) {
                await().atMost(LONG).until(() -> second.events.contains("started " + entry));
                first.close();
                assertThat(after.await(60)).isZero();
                assertThat(player.await(60)).as(player.output()).isZero();
            }
            assertThat(before.await(60)).isNotZero();
            assertThat(pulls()).isEqualTo(2);
            List<String> published = clip.sums("0:v");
            List<String> played = clip.played("moved.flv", "0:v");
            // Some of the first node's, then all that was left of the second's.
            assertThat(played.size()).isGreaterThan(25);
            assertThat(played.subList(played.size() - 25, played.size()))
                    .isEqualTo(published.subList(published.size() - 25, published.size()));
        }
    }

    /// The connection to the first node stays open, and nothing comes any more, while the stream is
    /// published on another.
    @Test
    void playersStayWhenTheirNodeFallsSilentAndAnotherHasTheStream() throws Exception {
        String entry = "0_silent";
        try (var first = new LiveServer(folder.resolve("first"), "first");
                var proxy = new StallingProxy(first.node());
                var client = HttpClient.newHttpClient();
                var before =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(120, first.publishUrl(entry, "secret")))) {
            nodes.add(proxy.uri());
            await().atMost(LONG).until(() -> first.events.contains("started " + entry));
            try (InputStream viewer =
                            client.send(
                                            HttpRequest.newBuilder(URI.create(flvUrl(entry)))
                                                    .build(),
                                            HttpResponse.BodyHandlers.ofInputStream())
                                    .body();
                    var second = origin("second");
                    var after =
                            FfmpegProcess.ffmpeg(
                                    folder,
                                    FfmpegProcess.testSignal(
                                            120, second.publishUrl(entry, "secret")))) {
                assertThat(viewer.readNBytes(20_000)).hasSize(20_000);
                assertThat(pulls()).isEqualTo(1);
                await().atMost(LONG).until(() -> second.events.contains("started " + entry));
                proxy.die();
                await().atMost(LONG).until(() -> pulls() == 2);
                assertThat(viewer.readNBytes(100_000)).hasSize(100_000);
                assertThat(before.isAlive()).isTrue();
                assertThat(after.isAlive()).isTrue();
            }
        }
    }

    @Test
    void whatNobodyWatchesAnyMoreIsLetGoAndNobodyPublishesHere() throws Exception {
        String entry = "0_lonely";
        try (var origin = origin("origin");
                var client = HttpClient.newHttpClient();
                var publisher =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(60, origin.publishUrl(entry, "secret")))) {
            await().atMost(LONG).until(() -> origin.events.contains("started " + entry));
            HttpResponse<InputStream> viewer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(flvUrl(entry))).build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            assertThat(viewer.statusCode()).isEqualTo(200);
            assertThat(viewer.body().readNBytes(3)).isEqualTo(new byte[] {'F', 'L', 'V'});
            assertThat(relays()).isEqualTo(1);
            await().atMost(LONG)
                    .until(() -> viewersAtEdge(origin, entry).equals(Map.of("http-flv", 1)));
            viewer.body().close();
            await().atMost(LONG).until(() -> viewersAtEdge(origin, entry).isEmpty());
            try (var intruder =
                    FfmpegProcess.ffmpeg(folder, FfmpegProcess.testSignal(5, rtmpUrl("mine")))) {
                assertThat(intruder.await(60)).isNotZero();
                assertThat(intruder.output()).contains("publish to another");
            }
            await().atMost(LONG).until(() -> relays() == 0);
            assertThat(publisher.isAlive()).isTrue();
        }
    }
}
