package io.millrace.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobReplacedException;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobStoreContract;
import io.millrace.storage.blob.BlobWriter;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;
import io.millrace.storage.testing.S3Server;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/// The contract on a real S3 server, and what is S3's own.
class S3BlobStoreTest extends BlobStoreContract {
    @TempDir private Path folder;
    private S3Server server;
    private String bucket;
    private SimpleMeterRegistry meters;
    private S3BlobStore store;

    @BeforeEach
    void open() throws Exception {
        server = S3Server.shared();
        bucket = server.newBucket();
        meters = new SimpleMeterRegistry();
        store = new S3BlobStore(server.settings(bucket), folder.resolve("spool"), meters);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    protected BlobStore store() {
        return store;
    }

    private double requests(String op) {
        return meters.find("millrace.s3.requests").tag("op", op).timers().stream()
                .mapToLong(io.micrometer.core.instrument.Timer::count)
                .sum();
    }

    @Test
    void objectsLieBelowThePrefix() throws IOException {
        put(KEY, new byte[] {1});
        assertThat(server.client().headObject(b -> b.bucket(bucket).key("below/here/" + KEY)))
                .isNotNull();
    }

    @Test
    void aReplacedObjectIsRefusedToItsOldReader() throws IOException {
        put(KEY, filled(100_000, 1));
        try (BlobReader reader = store.open(KEY)) {
            put(KEY, filled(100_000, 2));
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(10), 0))
                    .isInstanceOf(BlobReplacedException.class)
                    .hasMessageContaining(KEY.value());
        }
    }

    @Test
    void aRangeCostsOneRequest() throws IOException {
        put(KEY, random(500_000));
        try (BlobReader reader = store.open(KEY)) {
            reader.read(ByteBuffer.allocate(100_000), 1000);
            reader.read(ByteBuffer.allocate(10), 499_999);
            assertThat(reader.read(ByteBuffer.allocate(10), 500_000)).isEqualTo(-1);
        }
        assertThat(requests("head")).isEqualTo(1);
        assertThat(requests("get")).isEqualTo(2);
        assertThat(meters.get("millrace.s3.received").counter().count()).isEqualTo(100_001);
    }

    /// Larger than one PUT: parts in parallel.
    @Test
    void publishesALargeFileInParts() throws IOException {
        Path file = folder.resolve("large");
        long size = (21L << 20) + 11;
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            for (long at = 0; at < size; at += 1 << 20) {
                out.seek(at);
                out.writeLong(at);
            }
            out.setLength(size);
        }
        store.publish(file, KEY);
        assertThat(requests("put-part")).isEqualTo(Math.ceilDiv(size, S3Settings.MIN_PART_BYTES));
        try (BlobReader reader = store.open(KEY)) {
            assertThat(reader.info().sizeBytes()).isEqualTo(size);
            ByteBuffer word = ByteBuffer.allocate(8);
            for (long at = 0; at < size - 8; at += 7 << 20) {
                reader.read(word.clear(), at);
                assertThat(word.getLong(0)).isEqualTo(at);
            }
        }
    }

    @Test
    void anUploadThatIsGivenUpLeavesNoParts() throws IOException {
        try (BlobWriter writer = store.create(KEY)) {
            writer.write(ByteBuffer.wrap(random(12 << 20)));
            assertThat(server.client().listMultipartUploads(b -> b.bucket(bucket)).uploads())
                    .hasSize(1);
        }
        assertThat(server.client().listMultipartUploads(b -> b.bucket(bucket)).uploads()).isEmpty();
        assertThat(store.abortAbandonedUploads()).isZero();
    }

    @Test
    void aGrowingObjectIsInTheBucketOnceItIsClosed() throws IOException {
        BlobKey key = BlobKey.of("content/live/0_abc/r1/recording.mp4");
        String inBucket = "below/here/" + key;
        try (AppendBlob blob = store.append(key)) {
            blob.append(ByteBuffer.wrap(filled(1000, 1)));
            assertThat(server.client().listObjectsV2(b -> b.bucket(bucket)).contents()).isEmpty();
            assertThatThrownBy(() -> store.append(key)).isInstanceOf(IOException.class);
        }
        assertThat(server.client().headObject(b -> b.bucket(bucket).key(inBucket)).contentLength())
                .isEqualTo(1000);
        assertThat(folder.resolve("spool").resolve(key.value())).doesNotExist();
    }

    @Test
    void whatACrashLeftInTheSpoolIsReadAndGrownOn() throws IOException {
        BlobKey key = BlobKey.of("content/live/0_abc/r1/recording.mp4");
        AppendBlob lost = store.append(key);
        lost.append(ByteBuffer.wrap(filled(1000, 1)));
        store.close();
        meters = new SimpleMeterRegistry();
        store = new S3BlobStore(server.settings(bucket), folder.resolve("spool"), meters);
        assertThat(read(key)).hasSize(1000);
        assertThat(store.list(BlobKey.of("content/live"))).containsExactly(key);
        try (AppendBlob blob = store.append(key)) {
            blob.truncate(900);
        }
        assertThat(read(key)).hasSize(900);
        assertThat(meters.get("millrace.s3.spooled").gauge().value()).isZero();
        lost.close();
    }

    @Test
    void anUnreachableServerIsUnavailable() throws Exception {
        S3Settings real = server.settings(bucket);
        var nobody =
                new S3Settings(
                        URI.create("http://127.0.0.1:1"),
                        real.region(),
                        bucket,
                        "",
                        true,
                        real.accessKey(),
                        real.secretKey(),
                        4,
                        Duration.ofSeconds(2),
                        S3Settings.MIN_PART_BYTES);
        try (var gone = new S3BlobStore(nobody, folder.resolve("other"), meters)) {
            assertThatThrownBy(() -> gone.open(KEY))
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("127.0.0.1:1")
                    .hasMessageNotContaining(real.secretKey());
            assertThatThrownBy(gone::checkWritable).isInstanceOf(StorageUnavailableException.class);
            BlobKey key = BlobKey.of("content/live/0_abc/r1/recording.mp4");
            // It can't know whether the bucket has one already.
            assertThatThrownBy(() -> gone.append(key))
                    .isInstanceOf(StorageUnavailableException.class);
            assertThat(folder.resolve("other").resolve(key.value())).doesNotExist();
        }
    }

    /// What is being recorded goes on without the bucket, and follows when it is back.
    @Test
    void aRecordingOutlivesTheServersAbsence() throws Exception {
        BlobKey key = BlobKey.of("content/live/0_abc/r1/recording.mp4");
        try (S3Server own = S3Server.start(folder.resolve("own"))) {
            String name = own.newBucket();
            var settings = own.settings(name, Duration.ofMillis(700));
            var sick = new S3BlobStore(settings, folder.resolve("other"), meters);
            AppendBlob blob = sick.append(key);
            own.hang();
            blob.append(ByteBuffer.wrap(filled(10, 1)));
            blob.sync();
            try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
                var closing =
                        threads.submit(
                                () -> {
                                    blob.close();
                                    return true;
                                });
                Path spooled = folder.resolve("other").resolve(key.value());
                assertThat(spooled).hasSize(10);
                assertThat(sick.stat(key).orElseThrow().sizeBytes()).isEqualTo(10);
                own.goOn();
                closing.get();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> !java.nio.file.Files.exists(spooled));
            }
            assertThat(sick.stat(key).orElseThrow().sizeBytes()).isEqualTo(10);
            sick.close();
        }
    }

    @Test
    void wrongKeysAreSaidAndNeverShown() throws Exception {
        S3Settings real = server.settings(bucket);
        var wrong =
                new S3Settings(
                        real.endpoint(),
                        real.region(),
                        bucket,
                        "",
                        true,
                        real.accessKey(),
                        "not-the-secret-at-all",
                        4,
                        Duration.ofSeconds(5),
                        S3Settings.MIN_PART_BYTES);
        assertThat(wrong.toString()).doesNotContain("not-the-secret", real.accessKey());
        try (var refused = new S3BlobStore(wrong, folder.resolve("other"), meters)) {
            assertThatThrownBy(refused::checkWritable)
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("403")
                    .hasMessageNotContaining("not-the-secret");
        }
    }

    @Test
    void aMissingBucketIsNoMissingObject() throws Exception {
        try (var none =
                new S3BlobStore(
                        server.settings("test-no-such-bucket"), folder.resolve("other"), meters)) {
            assertThatThrownBy(none::checkWritable)
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("no such bucket");
        }
    }

    @Test
    void aServerThatHangsTimesOutAndComesBack() throws Exception {
        try (S3Server own = S3Server.start(folder.resolve("own"))) {
            String name = own.newBucket();
            var settings = own.settings(name, Duration.ofMillis(700));
            try (var slow = new S3BlobStore(settings, folder.resolve("other"), meters)) {
                slow.checkWritable();
                own.hang();
                long started = System.nanoTime();
                assertThatThrownBy(() -> slow.stat(KEY))
                        .isInstanceOf(StorageTimeoutException.class);
                assertThat(Duration.ofNanos(System.nanoTime() - started))
                        .isLessThan(Duration.ofSeconds(9));
                own.goOn();
                assertThat(slow.stat(KEY)).isEmpty();
            }
        }
    }
}
