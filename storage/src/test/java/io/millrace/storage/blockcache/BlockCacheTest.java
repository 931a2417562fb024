package io.millrace.storage.blockcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobWriter;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.testing.FaultyBlobStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What a cache asks its store for, in blocks of 10 000 bytes.
class BlockCacheTest {
    private static final int BLOCK = 10_000;
    private static final int SLOTS = 20;
    private static final Duration PATIENCE = Duration.ofMillis(800);
    private static final BlobKey KEY = BlobKey.of("content/a.mp4");

    @TempDir private Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private FaultyBlobStore remote;
    private CachedBlobStore store;

    @BeforeEach
    void open() throws Exception {
        remote = new FaultyBlobStore(new LocalBlobStore(folder.resolve("store"), meters), folder);
        store =
                new CachedBlobStore(
                        remote,
                        folder.resolve("cache"),
                        (long) SLOTS * BLOCK,
                        BLOCK,
                        PATIENCE,
                        meters);
    }

    @AfterEach
    void close() throws IOException {
        remote.goOn();
        store.close();
    }

    private byte[] put(BlobKey key, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(key.hashCode()).nextBytes(bytes);
        try (BlobWriter writer = store.create(key)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.commit();
        }
        return bytes;
    }

    private static byte[] read(BlobReader reader, int position, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocateDirect(length);
        int count = reader.read(target, position);
        byte[] got = new byte[Math.max(0, count)];
        target.flip().get(got);
        return got;
    }

    private double blocks(String result) {
        return meters.get("millrace.blockcache.blocks").tag("result", result).counter().count();
    }

    @Test
    void aBlockIsFetchedOnceAndThenHere() throws IOException {
        byte[] bytes = put(KEY, 95_000);
        try (BlobReader reader = store.open(KEY)) {
            assertThat(read(reader, 12_000, 100))
                    .isEqualTo(Arrays.copyOfRange(bytes, 12_000, 12_100));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> meters.get("millrace.blockcache.inflight").gauge().value() == 0);
            assertThat(read(reader, 19_000, 1000))
                    .isEqualTo(Arrays.copyOfRange(bytes, 19_000, 20_000));
            assertThat(read(reader, 94_000, 5000))
                    .isEqualTo(Arrays.copyOfRange(bytes, 94_000, 95_000));
            assertThat(reader.read(ByteBuffer.allocate(1), 95_000)).isEqualTo(-1);
        }
        assertThat(remote.reads()).isEqualTo(2);
        assertThat(remote.bytesRead()).isEqualTo(BLOCK + 5000);
        assertThat(blocks("miss")).isEqualTo(2);
        assertThat(blocks("hit")).isEqualTo(1);
    }

    @Test
    void neighboursAreFetchedTogether() throws IOException {
        byte[] bytes = put(KEY, 200_000);
        try (BlobReader reader = store.open(KEY)) {
            assertThat(read(reader, 5000, 70_000))
                    .isEqualTo(Arrays.copyOfRange(bytes, 5000, 75_000));
        }
        assertThat(remote.reads()).isEqualTo(1);
        assertThat(remote.bytesRead()).isEqualTo(8 * BLOCK);
    }

    @Test
    void manyWhoAskForAColdBlockCostOneFetch() throws Exception {
        byte[] bytes = put(KEY, 50_000);
        remote.beSlow(Duration.ofMillis(100));
        try (BlobReader reader = store.open(KEY);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var start = new CountDownLatch(1);
            List<Future<byte[]>> readers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                readers.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    return read(reader, 20_000, 10_000);
                                }));
            }
            start.countDown();
            for (Future<byte[]> one : readers) {
                assertThat(one.get()).isEqualTo(Arrays.copyOfRange(bytes, 20_000, 30_000));
            }
        }
        assertThat(remote.reads()).isEqualTo(1);
    }

    @Test
    void goingOnFetchesAheadAndJumpingDoesNot() throws IOException {
        byte[] bytes = put(KEY, 300_000);
        try (BlobReader reader = store.open(KEY)) {
            for (int at : new int[] {0, 150_000, 40_000}) {
                read(reader, at, 1000);
            }
            assertThat(remote.bytesRead()).isEqualTo(3 * BLOCK);
        }
        try (BlobReader reader = store.open(KEY)) {
            for (int at = 200_000; at < 230_000; at += 2500) {
                assertThat(read(reader, at, 2500))
                        .isEqualTo(Arrays.copyOfRange(bytes, at, at + 2500));
            }
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> meters.get("millrace.blockcache.inflight").gauge().value() == 0);
            assertThat(meters.get("millrace.blockcache.ahead").counter().count())
                    .isBetween(2.0, 8.0);
            int before = remote.reads();
            read(reader, 230_000, 2500);
            assertThat(remote.reads()).isBetween(before, before + 1);
        }
    }

    @Test
    void takesNoMoreThanItsSizeAndStaysRight() throws IOException {
        byte[] bytes = put(KEY, 60 * BLOCK);
        var random = new Random(5);
        try (BlobReader reader = store.open(KEY)) {
            for (int i = 0; i < 400; i++) {
                int at = random.nextInt(bytes.length - 25_000);
                int length = random.nextInt(1, 25_000);
                assertThat(read(reader, at, length))
                        .isEqualTo(Arrays.copyOfRange(bytes, at, at + length));
            }
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> meters.get("millrace.blockcache.inflight").gauge().value() == 0);
        assertThat(Files.size(folder.resolve("cache").resolve("blocks")))
                .isLessThanOrEqualTo((long) SLOTS * BLOCK);
        assertThat(meters.get("millrace.blockcache.weight").gauge().value())
                .isEqualTo((double) SLOTS * BLOCK);
        assertThat(meters.get("millrace.blockcache.evictions").functionCounter().count())
                .isPositive();
    }

    @Test
    void manyReadersOfASmallCacheReadWhatIsThere() throws Exception {
        byte[] bytes = put(KEY, 60 * BLOCK);
        try (BlobReader reader = store.open(KEY);
                var threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> readers = new ArrayList<>();
            for (int r = 0; r < 8; r++) {
                var random = new Random(r);
                readers.add(
                        threads.submit(
                                () -> {
                                    for (int i = 0; i < 150; i++) {
                                        int at = random.nextInt(bytes.length - 30_000);
                                        int length = random.nextInt(1, 30_000);
                                        assertThat(
                                                        Arrays.equals(
                                                                read(reader, at, length),
                                                                Arrays.copyOfRange(
                                                                        bytes, at, at + length)))
                                                .isTrue();
                                    }
                                    return true;
                                }));
            }
            for (Future<Boolean> one : readers) {
                one.get();
            }
        }
    }

    @Test
    void anotherVersionHasBlocksOfItsOwn() throws IOException {
        put(KEY, 30_000);
        try (BlobReader old = store.open(KEY)) {
            byte[] first = read(old, 0, 100);
            byte[] other = new byte[30_000];
            Arrays.fill(other, (byte) 7);
            try (BlobWriter writer = store.create(KEY)) {
                writer.write(ByteBuffer.wrap(other));
                writer.commit();
            }
            try (BlobReader reader = store.open(KEY)) {
                assertThat(read(reader, 0, 30_000)).containsOnly(7);
            }
            assertThat(read(old, 0, 100)).isEqualTo(first);
        }
    }

    @Test
    void aStoreThatHangsTimesOutAndWhatIsHereIsServed() throws Exception {
        byte[] bytes = put(KEY, 50_000);
        try (BlobReader reader = store.open(KEY)) {
            read(reader, 0, 100);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> meters.get("millrace.blockcache.inflight").gauge().value() == 0);
            remote.hang();
            assertThat(read(reader, 50, 100)).isEqualTo(Arrays.copyOfRange(bytes, 50, 150));
            assertThatThrownBy(() -> read(reader, 20_000, 100))
                    .isInstanceOf(StorageTimeoutException.class);
            remote.goOn();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () ->
                                    assertThat(read(reader, 20_000, 100))
                                            .isEqualTo(Arrays.copyOfRange(bytes, 20_000, 20_100)));
        }
    }

    @Test
    void nothingIsBelievedAfterARestart() throws IOException {
        put(KEY, 30_000);
        try (BlobReader reader = store.open(KEY)) {
            read(reader, 0, 30_000);
        }
        assertThatThrownBy(
                        () ->
                                new CachedBlobStore(
                                        remote,
                                        folder.resolve("cache"),
                                        BLOCK,
                                        BLOCK,
                                        PATIENCE,
                                        meters))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another process");
        Path left = Files.createDirectory(folder.resolve("left"));
        Files.write(left.resolve("blocks"), new byte[100_000]);
        int before = remote.reads();
        try (var again =
                new CachedBlobStore(
                        remote, left, 10L * BLOCK, BLOCK, PATIENCE, new SimpleMeterRegistry())) {
            assertThat(left.resolve("blocks")).isEmptyFile();
            try (BlobReader reader = again.open(KEY)) {
                assertThat(read(reader, 0, 10)).hasSize(10);
            }
            assertThat(remote.reads()).isEqualTo(before + 1);
        }
    }
}
