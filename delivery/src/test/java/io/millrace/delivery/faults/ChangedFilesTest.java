package io.millrace.delivery.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.LocalBlobStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/// Files that are replaced, removed or cut while they are being sent.
class ChangedFilesTest {
    private static final int SIZE = 24 << 20;
    private static final int TAKEN = 1 << 20;
    private static final String PATH = "/local/file/film.mp4";

    @TempDir private Path folder;
    private Path file;
    private byte[] before;
    private LocalBlobStore store;
    private MediaServerUnderTest server;

    @BeforeEach
    void serve() throws IOException {
        Path media = Files.createDirectory(folder.resolve("media"));
        file = media.resolve("film.mp4");
        before = random(1, SIZE);
        Files.write(file, before);
        Files.write(media.resolve("other.mp4"), random(3, 100_000));
        store = new LocalBlobStore(folder.resolve("store"), new SimpleMeterRegistry());
        server = new MediaServerUnderTest(store, media, Duration.ofSeconds(5));
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        store.close();
    }

    private static byte[] random(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String tag(String head) {
        return head.lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("etag:"))
                .findFirst()
                .orElseThrow()
                .substring(5)
                .strip();
    }

    @Test
    void aReplacedFileIsSentToItsEndAndTheNextRequestGetsTheNewOne() throws Exception {
        byte[] after = random(2, SIZE / 2);
        try (var request = new RunningRequest(server.port(), PATH)) {
            byte[] first = request.read(TAKEN);
            Path next = folder.resolve("next");
            Files.write(next, after);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            assertThat(first).isEqualTo(Arrays.copyOf(before, TAKEN));
            assertThat(request.readRest())
                    .isEqualTo(Arrays.copyOfRange(before, TAKEN, before.length));
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> {
                                HttpResponse<byte[]> now = server.get(PATH);
                                assertThat(now.body()).isEqualTo(after);
                                assertThat(now.headers().firstValue("ETag").orElseThrow())
                                        .isNotEqualTo(tag(request.head()));
                            });
        }
    }

    @Test
    void aRemovedFileIsSentToItsEndAndNotFoundAfterwards() throws Exception {
        try (var request = new RunningRequest(server.port(), PATH)) {
            byte[] first = request.read(TAKEN);
            Files.delete(file);
            assertThat(first).isEqualTo(Arrays.copyOf(before, TAKEN));
            assertThat(request.readRest())
                    .isEqualTo(Arrays.copyOfRange(before, TAKEN, before.length));
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> server.get(PATH).statusCode() == 404);
    }

    /// What was promised is not there any more: the connection ends before Content-Length, so the
    /// client knows; others, also those on the same file, go on.
    @Test
    void aFileCutUnderAReaderEndsTheConnection() throws Exception {
        try (var request = new RunningRequest(server.port(), PATH)) {
            byte[] first = request.read(TAKEN);
            try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
                cut.setLength(8 << 20);
            }
            byte[] rest = request.readRest();
            assertThat(first).isEqualTo(Arrays.copyOf(before, TAKEN));
            assertThat(rest.length).isLessThan(SIZE - TAKEN);
            assertThat(rest).isEqualTo(Arrays.copyOfRange(before, TAKEN, TAKEN + rest.length));
        }
        assertThat(server.get("/local/file/other.mp4").body()).isEqualTo(random(3, 100_000));
        // For a second the file is still taken for what it was.
        await().atMost(Duration.ofSeconds(60))
                .ignoreException(IOException.class)
                .untilAsserted(
                        () ->
                                assertThat(server.get(PATH).body())
                                        .isEqualTo(Arrays.copyOf(before, 8 << 20)));
    }

    /// Bytes that change in place cannot be told from the old ones while the file is open; a range
    /// that goes on with If-Range is told.
    @Test
    void aRangeOfTheOldVersionIsNotGluedToTheNewOne() throws Exception {
        String tag;
        try (var request = new RunningRequest(server.port(), PATH)) {
            tag = tag(request.head());
        }
        byte[] after = random(2, SIZE / 2);
        Path next = folder.resolve("next");
        Files.write(next, after);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        await().atMost(Duration.ofSeconds(60))
                .until(
                        () ->
                                !server.get(PATH)
                                        .headers()
                                        .firstValue("ETag")
                                        .orElse(tag)
                                        .equals(tag));
        try (var request =
                new RunningRequest(server.port(), PATH, "Range: bytes=1000-", "If-Range: " + tag)) {
            assertThat(request.head()).startsWith("HTTP/1.1 200");
            assertThat(request.readRest()).isEqualTo(after);
        }
    }
}
