package io.millrace.storage.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

class LocalBlobStoreTest {
    private static final BlobKey KEY = BlobKey.of("content/entry/101/0_abc/0_def_1.mp4");

    @TempDir Path root;
    private LocalBlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new LocalBlobStore(root, new SimpleMeterRegistry());
    }

    @Test
    void nothingIsVisibleBeforeTheCommit() throws IOException {
        try (BlobWriter writer = store.create(KEY)) {
            writer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertThat(store.stat(KEY)).isEmpty();
            assertThatThrownBy(() -> store.open(KEY)).isInstanceOf(NoSuchFileException.class);
            writer.commit();
        }
        assertThat(read(KEY)).containsExactly(1, 2, 3);
        assertThat(store.stat(KEY).orElseThrow().sizeBytes()).isEqualTo(3);
        assertThat(staged()).isEmpty();
    }

    @Test
    void closingWithoutCommitLeavesNothing() throws IOException {
        try (BlobWriter writer = store.create(KEY)) {
            writer.write(ByteBuffer.wrap(new byte[100]));
        }
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(staged()).isEmpty();
    }

    @Test
    void publishingRemovesTheSourceAndReplacesAtomically() throws IOException {
        BlobInfo first = publish(new byte[] {1});
        BlobInfo second = publish(new byte[] {2});
        assertThat(second.identity()).isNotEqualTo(first.identity());
        assertThat(read(KEY)).containsExactly(2);
        assertThat(staged()).isEmpty();
    }

    @Test
    void publishesFromAnotherVolume() throws IOException {
        Path shm = Path.of("/dev/shm");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isWritable(shm) && !Files.getFileStore(shm).equals(Files.getFileStore(root)),
                "no second volume at /dev/shm");
        Path source = Files.createTempFile(shm, "blob", ".tmp");
        Files.write(source, new byte[] {7, 8});
        store.publish(source, KEY);
        assertThat(source).doesNotExist();
        assertThat(read(KEY)).containsExactly(7, 8);
        assertThat(staged()).isEmpty();
    }

    /// Versions of many sizes replace each other while readers read: each sees one version whole.
    @Test
    void aReaderNeverSeesHalfAnObject() throws Exception {
        publishFilled(1, 10_000);
        var stop = new AtomicBoolean();
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int r = 0; r < 4; r++) {
                Callable<Integer> task =
                        () -> {
                            int reads = 0;
                            while (!stop.get()) {
                                try (BlobReader reader = store.open(KEY)) {
                                    long size = reader.info().sizeBytes();
                                    ByteBuffer bytes = ByteBuffer.allocate((int) size + 10);
                                    assertThat(reader.read(bytes, 0)).isEqualTo((int) size);
                                    byte version = bytes.get(0);
                                    assertThat(size).isEqualTo(10_000L * version);
                                    for (int i = 0; i < size; i++) {
                                        if (bytes.get(i) != version) {
                                            throw new AssertionError("mixed versions at " + i);
                                        }
                                    }
                                    reads++;
                                }
                            }
                            return reads;
                        };
                readers.add(threads.submit(task));
            }
            for (int i = 0; i < 150; i++) {
                int version = 1 + i % 20;
                publishFilled(version, 10_000 * version);
            }
            stop.set(true);
            int reads = 0;
            for (Future<Integer> reader : readers) {
                reads += reader.get();
            }
            assertThat(reads).isPositive();
        }
    }

    @Test
    void anInterruptedReaderDoesNotBreakTheOthers() throws Exception {
        publish(new byte[] {1, 2, 3, 4});
        try (BlobReader reader = store.open(KEY)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(4), 0))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();

            ByteBuffer bytes = ByteBuffer.allocate(4);
            assertThat(reader.read(bytes, 0)).isEqualTo(4);
            assertThat(bytes.array()).containsExactly(1, 2, 3, 4);
            assertThat(reader.channel().orElseThrow().isOpen()).isTrue();
        }
    }

    @Test
    void readsByPosition() throws IOException {
        publish(new byte[] {0, 1, 2, 3, 4});
        try (BlobReader reader = store.open(KEY)) {
            ByteBuffer two = ByteBuffer.allocate(2);
            assertThat(reader.read(two, 3)).isEqualTo(2);
            assertThat(two.array()).containsExactly(3, 4);
            assertThat(reader.read(ByteBuffer.allocate(2), 5)).isEqualTo(-1);
            assertThat(reader.read(ByteBuffer.allocate(9), 4)).isEqualTo(1);
        }
    }

    @Test
    void aGrowingObjectIsReadWhileItGrowsAndGoesOnAfterReopening() throws IOException {
        try (AppendBlob blob = store.append(KEY)) {
            blob.append(ByteBuffer.wrap(new byte[] {1, 2}));
            blob.sync();
            assertThat(read(KEY)).containsExactly(1, 2);
            blob.append(ByteBuffer.wrap(new byte[] {3, 4, 5}));
        }
        try (AppendBlob blob = store.append(KEY)) {
            assertThat(blob.sizeBytes()).isEqualTo(5);
            blob.truncate(3);
            blob.append(ByteBuffer.wrap(new byte[] {9}));
            assertThat(blob.sizeBytes()).isEqualTo(4);
        }
        assertThat(read(KEY)).containsExactly(1, 2, 3, 9);
    }

    @Test
    void listsAndDeletes() throws IOException {
        publish(new byte[] {1});
        assertThat(store.list(BlobKey.of("content/entry"))).containsExactly(KEY);
        assertThat(store.list(BlobKey.of("content/ent"))).isEmpty();
        assertThat(store.list(KEY)).isEmpty();
        assertThat(store.delete(KEY)).isTrue();
        assertThat(store.delete(KEY)).isFalse();
        assertThat(store.delete(BlobKey.of("content/entry"))).isFalse();
        assertThat(store.list(BlobKey.of("content"))).isEmpty();
    }

    @Test
    void aKeyBelowAnObjectOrOfAFolderNamesNothing() throws IOException {
        publish(new byte[] {1});
        assertThat(store.stat(KEY.child("x"))).isEmpty();
        assertThat(store.stat(BlobKey.of("content/entry"))).isEmpty();
        assertThatThrownBy(() -> store.open(KEY.child("x")))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> store.open(BlobKey.of("content")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void theNextStartRemovesWhatADeadProcessLeftAndNothingElse() throws IOException {
        StagingOwner self = StagingOwner.current();
        Path staging = root.resolve(LocalBlobStore.STAGING);
        String dead = new StagingOwner(self.machine(), 4_000_000, 1).text();
        String reusedPid = new StagingOwner(self.machine(), self.pid(), 1).text();
        String otherNode = new StagingOwner("00000000", 4_000_000, 1).text();
        Path deadFolder = Files.createDirectory(staging.resolve("job." + dead + ".1"));
        Files.write(deadFolder.resolve("out.mp4"), new byte[10]);
        Path reused = Files.write(staging.resolve("a.b.mp4." + reusedPid + ".2"), new byte[1]);
        Path other = Files.write(staging.resolve("x.mp4." + otherNode + ".3"), new byte[1]);
        Path old = Files.write(staging.resolve("y.mp4." + otherNode + ".4"), new byte[1]);
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        Path own = store.newStagingFolder("job_1_2");

        new LocalBlobStore(root, new SimpleMeterRegistry()).close();

        assertThat(deadFolder).doesNotExist();
        assertThat(reused).doesNotExist();
        assertThat(old).doesNotExist();
        assertThat(other).exists();
        assertThat(own).exists();
    }

    @Test
    void saysWhatIsWrongWithAFolderThatIsAFile() throws IOException {
        Path file = Files.write(root.resolve("file"), new byte[1]);
        assertThatThrownBy(
                        () -> new LocalBlobStore(file.resolve("below"), new SimpleMeterRegistry()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " is not a folder");
    }

    @Test
    void checksThatItCanWrite() throws IOException {
        store.checkWritable();
        assertThat(staged()).isEmpty();
    }

    private BlobInfo publish(byte[] bytes) throws IOException {
        Path source = store.newStagingFolder("test").resolve("source");
        Files.write(source, bytes);
        store.publish(source, KEY);
        assertThat(source).doesNotExist();
        Files.delete(source.resolveSibling(".").normalize());
        return store.stat(KEY).orElseThrow();
    }

    private void publishFilled(int version, int size) throws IOException {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) version);
        try (BlobWriter writer = store.create(KEY)) {
            writer.write(ByteBuffer.wrap(bytes, 0, size / 2));
            writer.write(ByteBuffer.wrap(bytes, size / 2, size - size / 2));
            writer.commit();
        }
    }

    private byte[] read(BlobKey key) throws IOException {
        try (BlobReader reader = store.open(key)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) reader.info().sizeBytes());
            reader.read(bytes, 0);
            return bytes.array();
        }
    }

    private List<Path> staged() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve(LocalBlobStore.STAGING))) {
            return files.toList();
        }
    }
}
