package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.info.StreamReport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Viewers on a node that does not have the stream.
class EdgeIT {
    private static final Pattern SEQUENCE =
            Pattern.compile("v1-(?:seg|part)-([0-9]+)[-.0-9]*\\.m4s");

    @TempDir Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<URI> nodes = new CopyOnWriteArrayList<>();

    private final EventLoops loops = EventLoops.start(1);
    private String open = "";

    @AfterEach
    void close() {
        loops.close();
    }

    private LiveEdge edge() {
        return new LiveEdge(
                _ -> CompletableFuture.completedFuture(List.copyOf(nodes)),
                null,
                LiveServer.NODES,
                InstantSource.system(),
                64 << 20,
                loops,
                meters);
    }

    private LiveServer origin(String name) throws Exception {
        var server = new LiveServer(folder.resolve(name), name);
        nodes.add(server.node());
        return server;
    }

    private LiveServer viewersNode(LiveEdge edge) throws Exception {
        return new LiveServer(
                folder.resolve("edge"),
                LiveIngestOptions.onPorts(0, null).withNodeName("edge"),
                edge);
    }

    private static FfmpegProcess publish(Path folder, LiveServer server, String entry, int seconds)
            throws Exception {
        return FfmpegProcess.ffmpeg(
                folder, FfmpegProcess.testSignal(seconds, server.publishUrl(entry, "secret")));
    }

    private double requests(String outcome) {
        Counter counter =
                meters.find("millrace.live.edge.requests").tag("outcome", outcome).counter();
        return counter == null ? 0 : counter.count();
    }

    @Test
    void aStreamIsWatchedWhereItIsNotAndFetchedOnceForAll() throws Exception {
        String entry = "0_elsewhere";
        try (LiveEdge edge = edge();
                var origin = origin("origin");
                var server = viewersNode(edge)) {
            edge.tellViewers(
                    "edge",
                    LiveServer.NODES,
                    server.live.viewers(),
                    server.live::isLive,
                    Duration.ofMillis(200));
            assertThat(server.get(entry, "master.m3u8").statusCode()).isEqualTo(404);
            try (var publisher = publish(folder, origin, entry, 15)) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> origin.events.contains("playable " + entry));
                await().until(() -> server.get(entry, "master.m3u8").statusCode() == 200);
                collapses(server, entry);
                Path flv = folder.resolve("relayed.flv");
                try (var player =
                                FfmpegProcess.ffmpeg(
                                        folder,
                                        "-loglevel",
                                        "error",
                                        "-i",
                                        server.url(entry + ".flv"),
                                        "-c",
                                        "copy",
                                        flv.toString());
                        var hls =
                                FfmpegProcess.ffmpeg(
                                        folder,
                                        "-loglevel",
                                        "error",
                                        "-live_start_index",
                                        "0",
                                        "-i",
                                        server.playUrl(entry, "master.m3u8"),
                                        "-map",
                                        "0:v",
                                        "-f",
                                        "framemd5",
                                        folder.resolve("played.txt").toString())) {
                    originKnowsWhoWatches(origin, server, entry);
                    assertThat(publisher.await(60)).isZero();
                    assertThat(player.await(60)).isZero();
                    assertThat(player.output()).isEmpty();
                    assertThat(hls.await(60)).isZero();
                    assertThat(hls.output()).isEmpty();
                }
                assertThat(Files.size(flv)).isGreaterThan(10_000);
                try (var lines = Files.lines(folder.resolve("played.txt"))) {
                    assertThat(lines.filter(line -> line.startsWith("0,")).count())
                            .isEqualTo(15 * 25);
                }
            }
        }
    }

    /// Who asked for playlists (this program and ffmpeg) and the player of HTTP-FLV count once,
    /// where they watch: what the edge fetched for them is no viewer.
    private static void originKnowsWhoWatches(LiveServer origin, LiveServer server, String entry) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            server.get(entry, "v1.m3u8"); // goes on watching
                            StreamReport report = origin.live.reports().of(entry).orElseThrow();
                            assertThat(report.viewersByNode())
                                    .isEqualTo(Map.of("edge", Map.of("hls", 2, "http-flv", 1)));
                            assertThat(report.viewers()).isEqualTo(Map.of("hls", 2, "http-flv", 1));
                        });
    }

    /// Fifty viewers wait here for the next segment; the origin is asked once.
    private void collapses(LiveServer server, String entry) throws Exception {
        Matcher newest = SEQUENCE.matcher(server.get(entry, "v1.m3u8").body());
        long sequence = 0;
        while (newest.find()) {
            sequence = Long.parseLong(newest.group(1));
        }
        URI next = URI.create(server.playUrl(entry, "v1.m3u8?_HLS_msn=" + (sequence + 1)));
        double before = requests("fetched");
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 50; i++) {
                waiting.add(
                        client.sendAsync(
                                HttpRequest.newBuilder(next).build(),
                                HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> answer : waiting) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
                assertThat(answer.get().body()).contains("v1-seg-" + (sequence + 1) + ".m4s");
            }
        }
        assertThat(requests("fetched") - before).isEqualTo(1);
        assertThat(requests("joined") + requests("kept")).isGreaterThanOrEqualTo(49);
    }

    @Test
    void aStreamThatMovesToAnotherNodeIsFoundAgain() throws Exception {
        String entry = "0_moving";
        try (LiveEdge edge = edge();
                var first = origin("first");
                var second = origin("second");
                var server = viewersNode(edge)) {
            try (var publisher = publish(folder, first, entry, 60)) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> server.get(entry, "v1.m3u8").statusCode() == 200);
                assertThat(publisher.isAlive()).isTrue();
            }
            first.close();
            try (var publisher = publish(folder, second, entry, 60)) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> second.events.contains("playable " + entry));
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(
                                () ->
                                        assertThat(server.get(entry, "v1.m3u8").body())
                                                .isEqualTo(second.get(entry, "v1.m3u8").body()));
                assertThat(publisher.isAlive()).isTrue();
            }
        }
    }

    /// A viewer of DASH gets the chunks of a segment that is still made at its origin; a second one
    /// is served by the same request.
    @Test
    void aGrowingSegmentIsPassedOnChunkByChunk() throws Exception {
        String entry = "0_growing";
        try (LiveEdge edge = edge();
                var origin = origin("origin");
                var server = viewersNode(edge);
                var client = HttpClient.newHttpClient();
                var publisher = publish(folder, origin, entry, 60)) {
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> origin.events.contains("playable " + entry));
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> server.get(entry, "manifest.mpd").statusCode() == 200);
            boolean early = false;
            for (int attempt = 0; attempt < 8 && !early; attempt++) {
                early = comesBeforeItsEnd(client, origin, server, entry);
            }
            assertThat(early).isTrue();
            assertThat(publisher.isAlive()).isTrue();
        }
    }

    /// Whether the first bytes of the next segment come before it is whole, which may fail where
    /// this thread is late.
    private boolean comesBeforeItsEnd(
            HttpClient client, LiveServer origin, LiveServer server, String entry)
            throws Exception {
        // Not the one that was asked for before, which is kept by now.
        await().pollInterval(Duration.ofMillis(20))
                .until(() -> !open.equals(open = openSegment(origin, entry)));
        String playlist = origin.get(entry, "v1.m3u8").body();
        long sequence = 0;
        Matcher segments = SEQUENCE.matcher(playlist);
        while (segments.find()) {
            sequence = Math.max(sequence, Long.parseLong(segments.group(1)));
        }
        double before = requests("fetched");
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.playUrl(entry, open))).build();
        HttpResponse<InputStream> first =
                client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        byte[] start = first.body().readNBytes(64);
        CompletableFuture<HttpResponse<byte[]>> second =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        boolean stillMade =
                !origin.get(entry, "v1.m3u8").body().contains("v1-seg-" + sequence + ".m4s");
        byte[] rest = first.body().readAllBytes();
        byte[] all = new byte[start.length + rest.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(rest, 0, all, start.length, rest.length);
        assertThat(second.get().body()).isEqualTo(all).isEqualTo(origin.bytes(entry, open));
        assertThat(requests("fetched") - before).isEqualTo(1);
        return stillMade;
    }

    private static String openSegment(LiveServer origin, String entry) throws Exception {
        String mpd = origin.get(entry, "manifest.mpd").body();
        Matcher media = Pattern.compile(" media=\"([^\"]+)\"").matcher(mpd);
        assertThat(media.find()).isTrue();
        return media.group(1)
                .replace("$RepresentationID$", "v1")
                .replace("$Time$", Long.toString(openTicks(mpd)));
    }

    /// Where the newest segment of the video's timeline starts.
    private static long openTicks(String mpd) {
        String timeline = mpd.substring(0, mpd.indexOf("</SegmentTimeline>"));
        Matcher entries =
                Pattern.compile("<S(?: t=\"([0-9]+)\")? d=\"([0-9]+)\"(?: r=\"([0-9]+)\")?/>")
                        .matcher(timeline);
        long next = 0;
        long newest = 0;
        while (entries.find()) {
            long start = entries.group(1) == null ? next : Long.parseLong(entries.group(1));
            long duration = Long.parseLong(entries.group(2));
            long repeats = entries.group(3) == null ? 0 : Long.parseLong(entries.group(3));
            newest = start + repeats * duration;
            next = newest + duration;
        }
        return newest;
    }
}
