package io.millrace.storage.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What every blob store does in the same way.
public abstract class BlobStoreContract {
    protected static final BlobKey KEY = BlobKey.of("content/entry/101/0_abc/0_def_1.mp4");

    /// The store under test, empty for each test; its maker closes it.
    protected abstract BlobStore store();

    @Test
    void nothingIsThereBeforeTheCommit() throws IOException {
        try (BlobWriter writer = store().create(KEY)) {
            writer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertThat(store().stat(KEY)).isEmpty();
            assertThatThrownBy(() -> store().open(KEY)).isInstanceOf(NoSuchFileException.class);
            writer.commit();
        }
        assertThat(read(KEY)).containsExactly(1, 2, 3);
        BlobInfo info = store().stat(KEY).orElseThrow();
        assertThat(info.sizeBytes()).isEqualTo(3);
        try (BlobReader reader = store().open(KEY)) {
            assertThat(reader.info()).isEqualTo(info);
        }
    }

    @Test
    void aWriterThatIsClosedEarlyLeavesNothing() throws IOException {
        try (BlobWriter writer = store().create(KEY)) {
            writer.write(ByteBuffer.wrap(new byte[100]));
        }
        assertThat(store().stat(KEY)).isEmpty();
        assertThat(store().list(BlobKey.of("content"))).isEmpty();
    }

    @Test
    void holdsAnEmptyObject() throws IOException {
        put(KEY, new byte[0]);
        assertThat(store().stat(KEY).orElseThrow().sizeBytes()).isZero();
        try (BlobReader reader = store().open(KEY)) {
            assertThat(reader.read(ByteBuffer.allocate(1), 0)).isEqualTo(-1);
        }
    }

    @Test
    void readsAnyRangeIntoAnyBuffer() throws IOException {
        byte[] bytes = random(300_000);
        put(KEY, bytes);
        try (BlobReader reader = store().open(KEY)) {
            var random = new Random(7);
            for (int i = 0; i < 30; i++) {
                int position = random.nextInt(bytes.length + 1000);
                int length = random.nextInt(1, 100_000);
                ByteBuffer target =
                        i % 2 == 0
                                ? ByteBuffer.allocateDirect(length + 7).position(3)
                                : ByteBuffer.allocate(length + 7).position(3).slice();
                target.limit(target.position() + length);
                int start = target.position();
                int count = reader.read(target, position);
                int expected =
                        position >= bytes.length ? -1 : Math.min(length, bytes.length - position);
                assertThat(count).isEqualTo(expected);
                byte[] got = new byte[Math.max(0, count)];
                target.get(start, got);
                assertThat(got)
                        .isEqualTo(
                                java.util.Arrays.copyOfRange(
                                        bytes,
                                        Math.min(position, bytes.length),
                                        Math.min(position, bytes.length) + got.length));
                assertThat(target.position()).isEqualTo(start + got.length);
            }
            assertThat(reader.read(ByteBuffer.allocate(10), bytes.length)).isEqualTo(-1);
        }
    }

    @Test
    void manyThreadsShareAReader() throws Exception {
        byte[] bytes = random(500_000);
        put(KEY, bytes);
        try (BlobReader reader = store().open(KEY);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> reads = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int position = i * 11_003;
                reads.add(
                        threads.submit(
                                () -> {
                                    ByteBuffer target = ByteBuffer.allocate(20_000);
                                    assertThat(reader.read(target, position)).isEqualTo(20_000);
                                    assertThat(target.array())
                                            .isEqualTo(
                                                    java.util.Arrays.copyOfRange(
                                                            bytes, position, position + 20_000));
                                    return true;
                                }));
            }
            for (Future<?> read : reads) {
                read.get();
            }
        }
    }

    /// More than one part of a multipart upload, in pieces that fit nowhere.
    @Test
    void writesLargeObjectsPieceByPiece() throws IOException {
        byte[] bytes = random((11 << 20) + 12_345);
        try (BlobWriter writer = store().create(KEY)) {
            for (int at = 0; at < bytes.length; at += 777_777) {
                writer.write(ByteBuffer.wrap(bytes, at, Math.min(777_777, bytes.length - at)));
            }
            writer.commit();
        }
        assertThat(read(KEY)).isEqualTo(bytes);
    }

    @Test
    void publishesAFileAndRemovesIt() throws IOException {
        Path folder = store().newStagingFolder("test");
        Path file = Files.write(folder.resolve("out"), random(70_000));
        byte[] bytes = Files.readAllBytes(file);
        store().publish(file, KEY);
        assertThat(file).doesNotExist();
        assertThat(read(KEY)).isEqualTo(bytes);
        assertThat(folder).isDirectory();
    }

    @Test
    void publishingAgainReplacesAndChangesTheIdentity() throws IOException {
        put(KEY, new byte[] {1});
        BlobInfo first = store().stat(KEY).orElseThrow();
        put(KEY, new byte[] {2});
        BlobInfo second = store().stat(KEY).orElseThrow();
        assertThat(second.identity()).isNotEqualTo(first.identity());
        assertThat(read(KEY)).containsExactly(2);
    }

    /// An open reader gives the bytes it was opened for, or says that they are gone: never others.
    @Test
    void aReaderOfAReplacedObjectNeverMixesVersions() throws IOException {
        put(KEY, filled(100_000, 1));
        try (BlobReader reader = store().open(KEY)) {
            ByteBuffer half = ByteBuffer.allocate(50_000);
            reader.read(half, 0);
            assertThat(half.array()).containsOnly(1);
            put(KEY, filled(100_000, 2));
            half.clear();
            try {
                reader.read(half, 50_000);
                assertThat(half.array()).containsOnly(1);
            } catch (BlobReplacedException e) {
                assertThat(e).hasMessageContaining(KEY.value());
            }
        }
        assertThat(read(KEY)).containsOnly(2);
    }

    @Test
    void aReaderOfADeletedObjectGivesItsBytesOrSaysSo() throws IOException {
        put(KEY, filled(100_000, 1));
        try (BlobReader reader = store().open(KEY)) {
            assertThat(store().delete(KEY)).isTrue();
            ByteBuffer target = ByteBuffer.allocate(100_000);
            try {
                assertThat(reader.read(target, 0)).isEqualTo(100_000);
                assertThat(target.array()).containsOnly(1);
            } catch (NoSuchFileException | BlobReplacedException e) {
                assertThat(e).hasMessageContaining(KEY.value());
            }
        }
        assertThatThrownBy(() -> store().open(KEY)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void deletesOnce() throws IOException {
        put(KEY, new byte[] {1});
        assertThat(store().delete(KEY)).isTrue();
        assertThat(store().delete(KEY)).isFalse();
        assertThat(store().stat(KEY)).isEmpty();
    }

    @Test
    void movesAnObject() throws IOException {
        BlobKey target = BlobKey.of("content/entry/101/0_xyz/moved.mp4");
        byte[] bytes = random(200_000);
        put(KEY, bytes);
        put(target, new byte[] {9});
        store().move(KEY, target);
        assertThat(store().stat(KEY)).isEmpty();
        assertThat(read(target)).isEqualTo(bytes);
        assertThatThrownBy(() -> store().move(KEY, target)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void listsWhatIsBelowAPrefix() throws IOException {
        put(BlobKey.of("a/b/2"), new byte[] {1});
        put(BlobKey.of("a/b/1"), new byte[] {1});
        put(BlobKey.of("a/bc/3"), new byte[] {1});
        assertThat(store().list(BlobKey.of("a/b")))
                .containsExactly(BlobKey.of("a/b/1"), BlobKey.of("a/b/2"));
        assertThat(store().list(BlobKey.of("none"))).isEmpty();
    }

    @Test
    void aKeyBelowAnObjectNamesNothing() throws IOException {
        put(KEY, new byte[] {1});
        assertThat(store().stat(KEY.child("x"))).isEmpty();
    }

    @Test
    void growsAndIsReadMeanwhile() throws IOException {
        BlobKey key = BlobKey.of("content/live/0_abc/r1/recording.mp4");
        try (AppendBlob blob = store().append(key)) {
            blob.append(ByteBuffer.wrap(filled(1000, 1)));
            blob.sync();
            assertThat(read(key)).hasSize(1000);
            try (BlobReader reader = store().open(key)) {
                blob.append(ByteBuffer.wrap(filled(500, 2)));
                assertThat(reader.info().sizeBytes()).isEqualTo(1000);
            }
            assertThat(store().stat(key).orElseThrow().sizeBytes()).isEqualTo(1500);
            assertThat(blob.sizeBytes()).isEqualTo(1500);
        }
        assertThat(read(key)).hasSize(1500);
        try (AppendBlob again = store().append(key)) {
            assertThat(again.sizeBytes()).isEqualTo(1500);
            again.truncate(1000);
            again.append(ByteBuffer.wrap(filled(1, 3)));
        }
        byte[] all = read(key);
        assertThat(all).hasSize(1001);
        assertThat(all[999]).isEqualTo((byte) 1);
        assertThat(all[1000]).isEqualTo((byte) 3);
        assertThat(store().list(BlobKey.of("content/live"))).containsExactly(key);
        assertThat(store().delete(key)).isTrue();
        assertThat(store().stat(key)).isEmpty();
    }

    @Test
    void canBeWritten() throws IOException {
        store().checkWritable();
        assertThat(store().list(BlobKey.of("write-check"))).isEmpty();
    }

    protected void put(BlobKey key, byte[] bytes) throws IOException {
        try (BlobWriter writer = store().create(key)) {
            writer.write(ByteBuffer.wrap(bytes));
            writer.commit();
        }
    }

    protected byte[] read(BlobKey key) throws IOException {
        try (BlobReader reader = store().open(key)) {
            ByteBuffer target = ByteBuffer.allocate((int) reader.info().sizeBytes());
            reader.read(target, 0);
            return target.array();
        }
    }

    protected static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    protected static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
