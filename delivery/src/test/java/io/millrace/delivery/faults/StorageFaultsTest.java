package io.millrace.delivery.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.testing.FaultyBlobStore;
import io.millrace.storage.volume.GuardedBlobStore;
import io.millrace.storage.volume.VolumeGuard;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A volume that is slow, hangs or is gone hurts nobody but those who ask for what lies there.
class StorageFaultsTest {
    private static final String KEY = "content/entry/101/0_abc/a_1.mp4";
    private static final String SEGMENT = "/vod/hls/" + KEY + "/seg-1-v1-a1.ts";
    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final int THREADS = 8;

    @TempDir static Path media;
    private static byte[] clip;

    @TempDir private Path folder;
    private FaultyBlobStore volume;
    private GuardedBlobStore store;
    private MediaServerUnderTest server;

    @BeforeAll
    static void makeClip() throws Exception {
        Path file = media.resolve("clip.mp4");
        Ffmpeg.makeClip(file, 320, 180, 4);
        clip = Files.readAllBytes(file);
    }

    @BeforeEach
    void serve() throws Exception {
        var meters = new SimpleMeterRegistry();
        var local = new LocalBlobStore(folder.resolve("store"), meters);
        Path staged = folder.resolve("staged");
        Files.write(staged, clip);
        local.publish(staged, BlobKey.of(KEY));
        volume = new FaultyBlobStore(local, folder);
        store =
                new GuardedBlobStore(
                        volume,
                        new VolumeGuard(
                                "x", new VolumeGuard.Limits(THREADS, 1000, DEADLINE), meters));
        server = new MediaServerUnderTest(store, media, DEADLINE);
    }

    @AfterEach
    void close() throws Exception {
        volume.goOn();
        server.close();
        store.close();
    }

    @Test
    void aSlowVolumeMakesOnlyItsOwnRequestsSlow() throws Exception {
        assertThat(server.get("/local/file/clip.mp4").statusCode()).isEqualTo(200);
        byte[] segment = server.get(SEGMENT).body();
        volume.beSlow(Duration.ofMillis(60));
        List<CompletableFuture<HttpResponse<byte[]>>> slow = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            slow.add(server.getAsync(i % 2 == 0 ? SEGMENT : "/file/" + KEY));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(server.get("/local/hls/clip.mp4/seg-1-v1-a1.ts").statusCode())
                    .isEqualTo(200);
        }
        for (int i = 0; i < slow.size(); i++) {
            HttpResponse<byte[]> reply = slow.get(i).join();
            assertThat(reply.statusCode()).isEqualTo(200);
            assertThat(reply.body()).isEqualTo(i % 2 == 0 ? segment : clip);
        }
        assertThat(server.longestLoopDelayMs()).isLessThan(500);
    }

    @Test
    void aHungVolumeIsAGatewayTimeoutForItsOwnRequestsUntilItIsBack() throws Exception {
        volume.hang();
        long started = System.nanoTime();
        List<CompletableFuture<HttpResponse<byte[]>>> hung = new ArrayList<>();
        for (int i = 0; i < 3 * THREADS; i++) {
            // Names of their own: openings of one name are one call.
            hung.add(server.getAsync("/file/content/entry/101/0_abc/a_" + i + ".mp4"));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(server.get("/local/hls/clip.mp4/seg-1-v1-a1.ts").statusCode())
                    .isEqualTo(200);
        }
        for (var reply : hung) {
            assertThat(reply.join().statusCode()).isIn(503, 504);
            assertThat(reply.join().headers().firstValue("Retry-After")).isPresent();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - started))
                .isBetween(DEADLINE.dividedBy(2), DEADLINE.multipliedBy(20));
        assertThat(volume.mostInside()).isLessThanOrEqualTo(THREADS);
        HttpResponse<byte[]> refused = server.get(SEGMENT);
        assertThat(refused.statusCode()).isEqualTo(504);
        assertThat(new String(refused.body(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("storage does not answer");

        volume.goOn();
        await().atMost(Duration.ofSeconds(60)).until(() -> server.get(SEGMENT).statusCode() == 200);
    }

    /// The head is out when the volume hangs: the response breaks off, and nothing waits for ever.
    @Test
    void aResponseThatMeetsAHangBreaksOff() throws Exception {
        byte[] large = new byte[16 << 20];
        Path staged = folder.resolve("staged");
        Files.write(staged, large);
        volume.publish(staged, BlobKey.of("content/entry/101/0_abc/large_1.mp4"));
        try (var request =
                new RunningRequest(server.port(), "/file/content/entry/101/0_abc/large_1.mp4")) {
            assertThat(request.head()).startsWith("HTTP/1.1 200");
            assertThat(request.read(1 << 20)).hasSize(1 << 20);
            volume.hang();
            assertThat(request.readRest().length).isLessThan(large.length - (1 << 20));
        }
        volume.goOn();
        await().atMost(Duration.ofSeconds(60)).until(() -> server.get(SEGMENT).statusCode() == 200);
    }

    @Test
    void aVolumeThatIsGoneIsUnavailableAndNotEmpty() throws Exception {
        Path root = folder.resolve("store");
        Path away = folder.resolve("away");
        Files.move(root, away);
        Files.createDirectory(root);
        HttpResponse<byte[]> gone = server.get(SEGMENT);
        assertThat(gone.statusCode()).isEqualTo(503);
        assertThat(gone.headers().firstValue("Retry-After")).contains("5");
        assertThat(gone.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(server.get("/local/file/clip.mp4").statusCode()).isEqualTo(200);
        Files.delete(root);
        Files.move(away, root);
        assertThat(server.get(SEGMENT).statusCode()).isEqualTo(200);
    }

    @Test
    void aFolderThatIsGoneIsUnavailableToo(@TempDir Path other) throws Exception {
        Path root = Files.createDirectory(other.resolve("root"));
        Files.write(root.resolve("x.mp4"), clip);
        try (var served = new MediaServerUnderTest(store, root, DEADLINE)) {
            assertThat(served.get("/local/file/none.mp4").statusCode()).isEqualTo(404);
            Files.move(root, other.resolve("away"));
            assertThat(served.get("/local/file/x.mp4").statusCode()).isEqualTo(503);
            assertThat(served.get("/local/file/none.mp4").statusCode()).isEqualTo(503);
            Files.move(other.resolve("away"), root);
            assertThat(served.get("/local/file/x.mp4").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whatIsMissingOrNotMediaIsNotFound() throws Exception {
        assertThat(server.get("/file/content/entry/101/0_abc/none.mp4").statusCode())
                .isEqualTo(404);
        assertThat(server.get("/file/content/upload/x/y").statusCode()).isEqualTo(404);
    }
}
