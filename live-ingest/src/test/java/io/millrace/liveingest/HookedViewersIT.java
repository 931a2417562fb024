package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.hook.HookProgram;
import io.millrace.liveingest.hook.HookProgram.Says;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// Viewers of HLS and DASH about whom the operator's program is asked: whoever has the good ticket
/// may watch.
class HookedViewersIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir Path folder;

    private final EventLoops loops = EventLoops.start(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<URI> nodes = new CopyOnWriteArrayList<>();
    private HookProgram program;

    @BeforeEach
    void start() throws Exception {
        program = new HookProgram(Duration.ofSeconds(20), new SimpleMeterRegistry());
        program.answers =
                question ->
                        question.path("parameters").path("ticket").asString("").equals("good")
                                ? Says.YES
                                : new Says(402, "Buy a ticket.");
    }

    @AfterEach
    void close() {
        program.close();
        client.close();
        loops.close();
    }

    private LiveServer server(String name, @Nullable LiveEdge edge, HookProgram asked)
            throws Exception {
        return new LiveServer(
                folder.resolve(name),
                LiveIngestOptions.onPorts(0, null).withNodeName(name),
                edge,
                asked.gate());
    }

    private FfmpegProcess publish(LiveServer server, String entry, int seconds) throws Exception {
        return FfmpegProcess.ffmpeg(
                folder, FfmpegProcess.testSignal(seconds, server.publishUrl(entry, "secret")));
    }

    private HttpResponse<String> get(String url, String program) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url)).header("User-Agent", program).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// What ffmpeg shows of two seconds.
    private FfmpegProcess play(String program, String url) throws Exception {
        return FfmpegProcess.ffmpeg(
                folder,
                "-loglevel",
                "error",
                "-user_agent",
                program,
                "-i",
                url,
                "-map",
                "0:v:0",
                "-t",
                "2",
                "-f",
                "null",
                "-");
    }

    private void plays(String program, String url) throws Exception {
        try (var player = play(program, url)) {
            assertThat(player.await(60)).as(player.output()).isZero();
            assertThat(player.output()).doesNotContain("403");
        }
    }

    private void isRefused(String program, String url) throws Exception {
        try (var player = play(program, url)) {
            assertThat(player.await(60)).isNotZero();
            assertThat(player.output()).contains("403");
        }
    }

    @Test
    void realPlayersAreAskedAboutOnceOrRefused() throws Exception {
        String entry = "0_hooked";
        try (var server = server("origin", null, program);
                var publisher = publish(server, entry, 60)) {
            await().atMost(LONG).until(() -> server.events.contains("playable " + entry));
            assertThat(program.heard).isEmpty();
            plays("one", server.playUrl(entry, "master.m3u8?ticket=good"));
            assertThat(program.heard("userAgent")).containsExactly("one");
            plays("two", server.playUrl(entry, "index-ts.m3u8?ticket=good"));
            assertThat(program.heard("kind")).containsExactly("hls", "hls");
            isRefused("thief", server.playUrl(entry, "master.m3u8?ticket=bad"));
            isRefused("thief", server.url(entry + ".flv?ticket=bad"));
            plays("three", server.url(entry + ".flv?ticket=good"));
            assertThat(program.heard("kind"))
                    .containsExactly("hls", "hls", "hls", "http-flv", "http-flv");
            assertThat(program.heard("stream")).containsOnly(entry);
            everyNameIsBehindTheQuestion(server, entry);
            rtmpToo(server, entry);
            linksAreCheckedBeforeAnybodyIsAsked(server, entry);
            assertThat(publisher.isAlive()).isTrue();
        }
    }

    private void everyNameIsBehindTheQuestion(LiveServer server, String entry) throws Exception {
        assertThat(get(server.playUrl(entry, "manifest.mpd?ticket=good"), "browser").statusCode())
                .isEqualTo(200);
        assertThat(program.heard.getLast().path("kind").asString()).isEqualTo("dash");
        String playlist = get(server.playUrl(entry, "v1.m3u8"), "browser").body();
        String segment =
                playlist.lines()
                        .filter(line -> line.startsWith("v1-seg-"))
                        .reduce((_, last) -> last)
                        .orElseThrow();
        String init = playlist.split("#EXT-X-MAP:URI=\"")[1].split("\"")[0];
        int asked = program.heard.size();
        for (String name :
                List.of(
                        "master.m3u8",
                        "master-dvr.m3u8",
                        "v1.m3u8",
                        "a1.m3u8",
                        "manifest.mpd",
                        "manifest-dvr.mpd",
                        "index-ts.m3u8",
                        "ts1.m3u8",
                        "ts1-seg-" + segment.split("-")[2].replace(".m4s", ".ts"),
                        "thumb.jpg",
                        init,
                        segment)) {
            var given = get(server.playUrl(entry, name), "browser");
            assertThat(given.statusCode()).as(name).isEqualTo(200);
            assertThat(given.headers().firstValue("Cache-Control").orElse(""))
                    .as(name)
                    .startsWith("private");
            var refused = get(server.playUrl(entry, name), "stranger " + name);
            assertThat(refused.statusCode()).as(name).isEqualTo(403);
            assertThat(refused.body()).isEqualTo("Buy a ticket.\n");
        }
        assertThat(program.heard).hasSize(asked + 12);
        assertThat(program.heard.getLast().path("rendition").asString()).isEqualTo("1");
        assertThat(get(server.playUrl(entry, "nothing.txt"), "stranger").statusCode())
                .isEqualTo(404);
        assertThat(get(server.playUrl("0_nowhere", "master.m3u8"), "stranger").statusCode())
                .isEqualTo(404);
        assertThat(program.heard).hasSize(asked + 12);
    }

    private void rtmpToo(LiveServer server, String entry) throws Exception {
        int before = program.heard.size();
        try (var player =
                FfmpegProcess.ffmpeg(
                        folder,
                        "-loglevel",
                        "error",
                        "-i",
                        server.rtmpUrl(entry) + "?ticket=good",
                        "-t",
                        "1",
                        "-f",
                        "null",
                        "-")) {
            assertThat(player.await(60)).as(player.output()).isZero();
        }
        assertThat(program.heard).hasSize(before + 1);
        var question = program.heard.getLast();
        assertThat(question.path("kind").asString()).isEqualTo("rtmp");
        assertThat(question.path("parameters").path("ticket").asString()).isEqualTo("good");
        assertThat(question.path("userAgent").asString()).isNotEmpty();
    }

    private void linksAreCheckedBeforeAnybodyIsAsked(LiveServer server, String entry)
            throws Exception {
        int before = program.heard.size();
        Instant soon = Instant.now().plusSeconds(600);
        String here = LiveServer.NODES.sign(entry + "/", soon, "127.0.0.1");
        String elsewhere = LiveServer.NODES.sign(entry + "/", soon, "192.0.2.1");
        for (String token : List.of("wrong", elsewhere, LiveServer.NODES.sign("other/", soon))) {
            String link = "s/" + token + "/" + entry + "/";
            var refused = get(server.url(link + "master.m3u8?ticket=good"), "linked");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).startsWith("This link");
        }
        assertThat(program.heard).hasSize(before);
        String link = "s/" + here + "/" + entry + "/";
        assertThat(get(server.url(link + "master.m3u8?ticket=good"), "linked").statusCode())
                .isEqualTo(200);
        assertThat(get(server.url(link + "v1.m3u8"), "linked").statusCode()).isEqualTo(200);
        assertThat(program.heard).hasSize(before + 1);
        assertThat(program.heard.getLast().path("parameters").path("s").asString()).isEqualTo(here);
        assertThat(get(server.playUrl(entry, "v1.m3u8"), "linked").statusCode())
                .as("without the link")
                .isEqualTo(403);
    }

    /// The node that viewers come to asks; the stream's own would refuse everybody, and is asked by
    /// the other node only.
    @Test
    void theNodeThatServesTheViewerAsks() throws Exception {
        String entry = "0_far";
        try (var strict = new HookProgram(Duration.ofSeconds(20), new SimpleMeterRegistry());
                var edge =
                        new LiveEdge(
                                _ -> CompletableFuture.completedFuture(List.copyOf(nodes)),
                                null,
                                LiveServer.NODES,
                                InstantSource.system(),
                                64 << 20,
                                loops,
                                new SimpleMeterRegistry());
                var origin = server("origin", null, strict);
                var server = server("edge", edge, program)) {
            strict.answers = _ -> new Says(403, "Nobody watches here.");
            assertThat(get(server.playUrl(entry, "master.m3u8?ticket=good"), "x").statusCode())
                    .as("nowhere")
                    .isEqualTo(404);
            assertThat(program.heard).isEmpty();
            nodes.add(origin.node());
            try (var publisher = publish(origin, entry, 60)) {
                await().atMost(LONG).until(() -> origin.events.contains("playable " + entry));
                await().atMost(LONG)
                        .until(
                                () ->
                                        get(
                                                                server.playUrl(
                                                                        entry,
                                                                        "master.m3u8?ticket=good"),
                                                                "first")
                                                        .statusCode()
                                                == 200);
                plays("one", server.playUrl(entry, "master.m3u8?ticket=good"));
                plays("two", server.url(entry + ".flv?ticket=good"));
                isRefused("thief", server.playUrl(entry, "master.m3u8?ticket=bad"));
                isRefused("thief", server.url(entry + ".flv"));
                assertThat(strict.heard).isEmpty();
                var kept = get(server.playUrl(entry, "v1.m3u8"), "one");
                assertThat(kept.headers().firstValue("Cache-Control").orElse(""))
                        .startsWith("private");
                assertThat(get(server.playUrl(entry, "v1.m3u8"), "thief").statusCode())
                        .as("what is kept here, too")
                        .isEqualTo(403);
                assertThat(get(origin.playUrl(entry, "v1.m3u8"), "one").body())
                        .isEqualTo("Nobody watches here.\n");
                assertThat(publisher.isAlive()).isTrue();
            }
        }
    }
}
