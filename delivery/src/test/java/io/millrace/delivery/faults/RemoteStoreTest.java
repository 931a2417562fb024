package io.millrace.delivery.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.blockcache.CachedBlobStore;
import io.millrace.storage.s3.S3BlobStore;
import io.millrace.storage.testing.S3Server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Media on a real S3 server, behind the block cache: the same bytes as from a local store, and few
/// requests for them.
class RemoteStoreTest {
    private static final String KEY = "content/entry/101/0_abc/a_1.mp4";
    private static final int BLOCK = 64 << 10;

    @TempDir static Path shared;
    private static byte[] clip;
    private static LocalBlobStore local;
    private static MediaServerUnderTest reference;
    private static S3Server s3;

    @TempDir private Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private CachedBlobStore remote;
    private MediaServerUnderTest server;

    @BeforeAll
    static void makeClip() throws Exception {
        Path file = shared.resolve("clip.mp4");
        Path moovFirst = shared.resolve("first.mp4");
        Ffmpeg.makeClip(moovFirst, 640, 360, 8);
        // As cameras and encoders leave it: the index behind the media.
        Ffmpeg.run(List.of("-i", moovFirst.toString(), "-c", "copy", "-y", file.toString()));
        clip = Files.readAllBytes(file);
        local = new LocalBlobStore(shared.resolve("store"), new SimpleMeterRegistry());
        publish(local);
        reference = new MediaServerUnderTest(local, shared, Duration.ofSeconds(20));
        s3 = S3Server.shared();
    }

    @AfterAll
    static void closeReference() throws Exception {
        reference.close();
        local.close();
    }

    private static void publish(BlobStore store) throws IOException {
        Path file = store.newStagingFolder("test").resolve("clip");
        Files.write(file, clip);
        store.publish(file, BlobKey.of(KEY));
    }

    @BeforeEach
    void serve() throws Exception {
        remote =
                new CachedBlobStore(
                        new S3BlobStore(
                                s3.settings(s3.newBucket()), folder.resolve("spool"), meters),
                        folder.resolve("cache"),
                        32 << 20,
                        BLOCK,
                        Duration.ofSeconds(20),
                        meters);
        publish(remote);
        server = new MediaServerUnderTest(remote, shared, Duration.ofSeconds(20));
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        remote.close();
    }

    private long requests(String op) {
        return meters.find("millrace.s3.requests").tag("op", op).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private double received() {
        return meters.get("millrace.s3.received").counter().count();
    }

    private void settle() {
        await().until(() -> meters.get("millrace.blockcache.inflight").gauge().value() == 0);
    }

    /// Every playlist and segment that a player finds below a master playlist or manifest.
    private static List<String> names(String base, byte[] list) {
        return new String(list, StandardCharsets.UTF_8)
                .lines()
                .flatMap(
                        line ->
                                line.startsWith("#EXT-X-MAP")
                                        ? java.util.stream.Stream.of(
                                                line.replaceAll(".*URI=\"([^\"]+)\".*", "$1"))
                                        : line.isEmpty() || line.startsWith("#")
                                                ? java.util.stream.Stream.empty()
                                                : java.util.stream.Stream.of(line))
                .map(name -> base + name)
                .toList();
    }

    private byte[] same(String path) throws Exception {
        HttpResponse<byte[]> mine = server.get(path);
        HttpResponse<byte[]> theirs = reference.get(path);
        assertThat(mine.statusCode()).as(path).isEqualTo(200);
        assertThat(theirs.statusCode()).as(path).isEqualTo(200);
        assertThat(Arrays.equals(mine.body(), theirs.body())).as(path).isTrue();
        return mine.body();
    }

    @Test
    void hlsAndDashAreByteForByteWhatALocalStoreGives() throws Exception {
        for (String route : List.of("/vod/hls/", "/vod/hlsf/")) {
            String base = route + KEY + "/";
            int segments = 0;
            for (String playlist : names(base, same(base + "master.m3u8"))) {
                for (String segment : names(base, same(playlist))) {
                    same(segment);
                    segments++;
                }
            }
            assertThat(segments).isGreaterThan(3);
        }
        same("/vod/dash/" + KEY + "/manifest.mpd");
        same("/file/" + KEY);
    }

    @Test
    void rangesOfAFileAreThoseOfTheLocalOne() throws Exception {
        for (String range : List.of("0-99", "1000-70000", "-500", "200000-", "65535-65536")) {
            try (var mine =
                            new RunningRequest(
                                    server.port(), "/file/" + KEY, "Range: bytes=" + range);
                    var theirs =
                            new RunningRequest(
                                    reference.port(), "/file/" + KEY, "Range: bytes=" + range)) {
                assertThat(mine.head()).startsWith("HTTP/1.1 206");
                assertThat(Arrays.equals(mine.readRest(), theirs.readRest())).as(range).isTrue();
            }
        }
    }

    @Test
    void anIndexWithItsMoovAtTheEndCostsFewRequests() throws Exception {
        assertThat(indexOf(clip, "moov")).isGreaterThan(indexOf(clip, "mdat"));
        long before = requests("head");
        assertThat(server.get("/vod/hls/" + KEY + "/master.m3u8").statusCode()).isEqualTo(200);
        settle();
        assertThat(requests("head") - before).isEqualTo(1);
        assertThat(requests("get")).isLessThanOrEqualTo(4);
    }

    private static int indexOf(byte[] bytes, String box) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(box);
    }

    @Test
    void aSegmentCostsTheBlocksItLiesInOnceHoweverManyAsk() throws Exception {
        String path = "/vod/hls/" + KEY + "/seg-3-v1-a1.ts";
        assertThat(server.get("/vod/hls/" + KEY + "/master.m3u8").statusCode()).isEqualTo(200);
        settle();
        long gets = requests("get");
        double bytes = received();
        List<CompletableFuture<HttpResponse<byte[]>>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replies.add(server.getAsync(path));
        }
        byte[] segment = reference.get(path).body();
        for (var reply : replies) {
            assertThat(reply.join().statusCode()).isEqualTo(200);
            assertThat(Arrays.equals(reply.join().body(), segment)).isTrue();
        }
        settle();
        // What it lies in, the block at each end, and what was read ahead.
        assertThat(received() - bytes).isBetween(1.0, segment.length + 7.0 * BLOCK);
        long cost = requests("get") - gets;
        // Neighbours that are asked for together come in one request.
        assertThat(cost).isBetween(1L, Math.ceilDiv(segment.length, (long) BLOCK) + 7);

        assertThat(server.get(path).body()).isEqualTo(segment);
        assertThat(requests("get") - gets).isEqualTo(cost);
    }

    /// fMP4 segments are ranges of the file: 100 who ask for one that is not here yet.
    @Test
    void rangesOfAColdSegmentAreFetchedOnceToo() throws Exception {
        String path = "/vod/hlsf/" + KEY + "/seg-2-v1-a1.m4s";
        List<CompletableFuture<HttpResponse<byte[]>>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replies.add(server.getAsync(path));
        }
        byte[] segment = reference.get(path).body();
        for (var reply : replies) {
            assertThat(Arrays.equals(reply.join().body(), segment)).isTrue();
        }
        settle();
        assertThat(received()).isLessThanOrEqualTo(clip.length);
        assertThat(requests("get")).isLessThanOrEqualTo(Math.ceilDiv(clip.length, BLOCK));
    }

    @Test
    void aBucketThatIsGoneIsUnavailableButWhatIsHereIsServed() throws Exception {
        try (S3Server own = S3Server.start(folder.resolve("own"));
                var store =
                        new CachedBlobStore(
                                new S3BlobStore(
                                        own.settings(own.newBucket(), Duration.ofMillis(500)),
                                        folder.resolve("spool2"),
                                        new SimpleMeterRegistry()),
                                folder.resolve("cache2"),
                                8 << 20,
                                BLOCK,
                                Duration.ofSeconds(2),
                                new SimpleMeterRegistry())) {
            publish(store);
            try (var served = new MediaServerUnderTest(store, shared, Duration.ofSeconds(2))) {
                assertThat(served.get("/file/" + KEY).body()).isEqualTo(clip);
                own.hang();
                assertThat(served.get("/file/" + KEY).body()).isEqualTo(clip);
                assertThat(served.get("/file/content/entry/101/0_abc/b_1.mp4").statusCode())
                        .isEqualTo(504);
                assertThat(served.get("/local/file/clip.mp4").statusCode()).isEqualTo(200);
                own.goOn();
                await().atMost(Duration.ofSeconds(60))
                        .until(
                                () ->
                                        served.get("/file/content/entry/101/0_abc/b_1.mp4")
                                                        .statusCode()
                                                == 404);
            }
        }
    }
}
