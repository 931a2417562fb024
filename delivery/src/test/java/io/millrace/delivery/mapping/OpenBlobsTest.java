package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.LocalFolder;
import io.millrace.storage.volume.VolumeGuard;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

class OpenBlobsTest {
    @TempDir Path root;

    private final AtomicLong nanos = new AtomicLong();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private VolumeGuard guard;
    private MediaFiles files;
    private OpenBlobs blobs;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        file = Files.writeString(root.resolve("a.mp4"), "one");
        guard =
                new VolumeGuard(
                        "test", VolumeGuard.Limits.ofDeadline(Duration.ofSeconds(5)), meters);
        files = new MediaFiles.InFolder(new LocalFolder(root), guard);
        blobs = new OpenBlobs(meters, nanos::get);
    }

    @AfterEach
    void close() {
        blobs.close();
        await().untilAsserted(() -> assertThat(descriptors()).isZero());
        guard.close();
    }

    private void later(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /// How many descriptors of this process are of files below the folder, removed ones too.
    private long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(fd -> target(fd).startsWith(root.toString())).count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException _) {
            return ""; // closed meanwhile
        }
    }

    private SharedBlob get() {
        return blobs.open(files, "a.mp4").join();
    }

    @Test
    void anUnchangedFileStaysOpen() {
        SharedBlob first = get();
        first.release();
        for (int i = 0; i < 5; i++) {
            later(OpenBlobs.TRUSTED_FOR);
            SharedBlob again = get();
            assertThat(again).isSameAs(first);
            again.release();
        }
    }

    @Test
    void aChangedFileIsOpenedAnewAndTheOldOneStaysWithItsReaders() throws Exception {
        SharedBlob old = get();
        Files.writeString(root.resolve("new"), "another");
        Files.move(root.resolve("new"), file, StandardCopyOption.REPLACE_EXISTING);
        SharedBlob trusted = get();
        assertThat(trusted).isSameAs(old);
        trusted.release();
        later(OpenBlobs.TRUSTED_FOR);
        SharedBlob changed = get();
        assertThat(changed.info().sizeBytes()).isEqualTo(7);
        assertThat(changed.tag()).isNotEqualTo(old.tag());
        assertThat(old.info().sizeBytes()).isEqualTo(3);
        changed.release();
        old.release();
    }

    @Test
    void aRemovedFileIsGone() throws Exception {
        Files.writeString(root.resolve("b.mp4"), "other"); // an empty folder would be no volume
        get().release();
        Files.delete(file);
        later(OpenBlobs.TRUSTED_FOR);
        assertThatThrownBy(this::get).hasCauseInstanceOf(NoSuchFileException.class);
        await().untilAsserted(() -> assertThat(descriptors()).isZero());
    }

    @Test
    void whatNobodyAsksForIsClosed() throws Exception {
        get().release();
        assertThat(descriptors()).isPositive();
        later(OpenBlobs.KEPT_FOR);
        Files.writeString(root.resolve("b.mp4"), "other");
        blobs.open(files, "b.mp4").join().release();
        blobs.close();
        await().untilAsserted(() -> assertThat(descriptors()).isZero());
    }

    @Test
    void manyWhoAskAtOnceShareOneLook() {
        SharedBlob first = get();
        later(OpenBlobs.TRUSTED_FOR);
        List<CompletableFuture<SharedBlob>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(
                    CompletableFuture.supplyAsync(() -> blobs.open(files, "a.mp4"))
                            .thenCompose(opened -> opened));
        }
        for (CompletableFuture<SharedBlob> one : all) {
            assertThat(one.join()).isSameAs(first);
            one.join().release();
        }
        first.release();
    }
}
