package io.millrace.storage.s3;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.LocalBlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Growing objects on local disk, on their way to the bucket: S3 can't append.
///
/// An object that is open for appending lies here under its own key, durable as on a local store,
/// and is read from here. Closing it uploads it and then removes it here; what can't be uploaded is
/// tried again every {@link #RETRY_EVERY}, also after a restart, and is read from here until then.
/// Other nodes see it once it is in the bucket. Thread-safe.
final class Spool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

    private static final Duration RETRY_EVERY = Duration.ofSeconds(15);

    /// What a crash left open is first given to those who recover it.
    private static final Duration FIRST_RETRY = Duration.ofSeconds(60);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private enum State {
        /// Its writer has it.
        OPEN,
        /// To be uploaded.
        CLOSED,
        UPLOADING
    }

    private final S3BlobStore bucket;
    private final LocalBlobStore local;
    private final Object lock = new Object();

    /// What lies here; written under `lock`.
    private final Map<BlobKey, State> spooled = new ConcurrentHashMap<>();

    private final ScheduledExecutorService retries =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("s3-spool").factory());

    Spool(S3BlobStore bucket, LocalBlobStore local, MeterRegistry registry) throws IOException {
        this.bucket = bucket;
        this.local = local;
        for (BlobKey key : local.listAll()) {
            spooled.put(key, State.CLOSED);
        }
        Gauge.builder("millrace.s3.spooled", spooled, Map::size)
                .description("Growing objects that are not in the bucket yet")
                .register(registry);
        retries.scheduleWithFixedDelay(
                this::uploadClosed,
                FIRST_RETRY.toSeconds(),
                RETRY_EVERY.toSeconds(),
                TimeUnit.SECONDS);
    }

    Optional<BlobReader> open(BlobKey key) throws IOException {
        if (!spooled.containsKey(key)) {
            return Optional.empty();
        }
        try {
            return Optional.of(local.open(key));
        } catch (NoSuchFileException _) {
            // Uploaded meanwhile.
            return Optional.empty();
        }
    }

    Optional<BlobInfo> stat(BlobKey key) throws IOException {
        return spooled.containsKey(key) ? local.stat(key) : Optional.empty();
    }

    List<BlobKey> list(BlobKey prefix) {
        return spooled.keySet().stream()
                .filter(key -> key.value().startsWith(prefix.value() + "/"))
                .toList();
    }

    boolean delete(BlobKey key) throws IOException {
        synchronized (lock) {
            boolean deleted = spooled.containsKey(key) && local.delete(key);
            spooled.remove(key);
            lock.notifyAll();
            return deleted;
        }
    }

    AppendBlob append(BlobKey key) throws IOException {
        synchronized (lock) {
            while (spooled.get(key) == State.UPLOADING) {
                try {
                    lock.wait();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    throw new java.io.InterruptedIOException(key + ": interrupted");
                }
            }
            if (spooled.get(key) == State.OPEN) {
                throw new IOException(key + " is open for appending already");
            }
            if (spooled.put(key, State.OPEN) != null) {
                return new SpooledBlob(local.append(key));
            }
        }
        AppendBlob opened = null;
        try {
            opened = local.append(key);
            fetch(key, opened);
            var blob = new SpooledBlob(opened);
            opened = null;
            return blob;
        } finally {
            if (opened != null) {
                opened.close();
                delete(key);
            }
        }
    }

    /// Brings what the bucket has under the key.
    private void fetch(BlobKey key, AppendBlob into) throws IOException {
        if (into.sizeBytes() > 0) {
            return;
        }
        try (BlobReader reader = bucket.openInBucket(key)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            long at = 0;
            while (reader.read(buffer.clear(), at) > 0) {
                at += buffer.position();
                into.append(buffer.flip());
            }
        } catch (NoSuchFileException _) {
            // A new object.
        }
    }

    void uploadClosed() {
        for (BlobKey key : List.copyOf(spooled.keySet())) {
            upload(key);
        }
    }

    /// Waits for the upload as long as a bucket that is well needs for it, so that other nodes see
    /// the object when the one who closed it speaks of it; a bucket that hangs holds nobody up.
    private void uploadSoon(BlobKey key) {
        Thread upload = Thread.ofVirtual().name("s3-spool-upload").start(() -> upload(key));
        try {
            if (!upload.join(CLOSE_PATIENCE)) {
                LOG.info("{} is still being uploaded", key);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void upload(BlobKey key) {
        synchronized (lock) {
            if (!spooled.replace(key, State.CLOSED, State.UPLOADING)) {
                return;
            }
        }
        boolean done = false;
        try {
            bucket.upload(local.localPath(key).orElseThrow(), key);
            done = true;
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "{} can't be uploaded now, again in {} s: {}",
                    key,
                    RETRY_EVERY.toSeconds(),
                    e.toString());
        }
        synchronized (lock) {
            if (!done) {
                spooled.replace(key, State.UPLOADING, State.CLOSED);
            } else if (spooled.remove(key, State.UPLOADING)) {
                try {
                    local.delete(key);
                } catch (IOException e) {
                    LOG.warn("{} is uploaded, but stays in the spool: {}", key, e.toString());
                }
            }
            lock.notifyAll();
        }
    }

    /// Ends the repeats; what is left is uploaded after the next start.
    @Override
    public void close() {
        retries.shutdown();
    }

    private final class SpooledBlob implements AppendBlob {
        private final AppendBlob blob;
        private boolean closed;

        SpooledBlob(AppendBlob blob) {
            this.blob = blob;
        }

        @Override
        public BlobKey key() {
            return blob.key();
        }

        @Override
        public long sizeBytes() {
            return blob.sizeBytes();
        }

        @Override
        public void append(ByteBuffer source) throws IOException {
            blob.append(source);
        }

        @Override
        public void sync() throws IOException {
            blob.sync();
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            blob.truncate(sizeBytes);
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            try {
                blob.sync();
            } finally {
                blob.close();
                synchronized (lock) {
                    spooled.replace(key(), State.OPEN, State.CLOSED);
                }
            }
            uploadSoon(key());
        }
    }
}
