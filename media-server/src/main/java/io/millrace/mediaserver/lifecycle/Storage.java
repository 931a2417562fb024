package io.millrace.mediaserver.lifecycle;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.StorageConfig;
import io.millrace.mediaserver.metrics.Readiness;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.blockcache.CachedBlobStore;
import io.millrace.storage.s3.S3BlobStore;
import io.millrace.storage.s3.S3Settings;
import io.millrace.storage.volume.GuardedBlobStore;
import io.millrace.storage.volume.VolumeGuard;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/// The blob store that the configuration asks for, and what `/readyz` says of it.
public final class Storage {
    private static final Logger LOG = LoggerFactory.getLogger(Storage.class);

    /// Attempts within the time that an operation gets.
    private static final int ATTEMPTS = 3;

    private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(15);

    private Storage() {}

    /// Opens the store. A folder that can't be written stops the start; a bucket that can't be
    /// reached does not, `/readyz` says it then.
    public static BlobStore open(
            MillraceConfig all, DataFolder data, Readiness readiness, MeterRegistry meters)
            throws StartException {
        StorageConfig config = all.storage();
        Path root = root(all, data);
        try {
            return switch (config.type()) {
                case LOCAL -> local(config, root, readiness, meters);
                case S3 -> bucket(config, root, data, readiness, meters);
            };
        } catch (IOException e) {
            throw new StartException(
                    "Storage folder " + root + " can't be used: " + e.getMessage(), e);
        }
    }

    /// Where a live node keeps what is not recorded, to go back in: the store, or beside the spool
    /// of a bucket, where what grows cannot be read. No key leads there.
    ///
    /// @return `blobs`, or a store that the caller closes
    public static BlobStore past(
            MillraceConfig all, DataFolder data, BlobStore blobs, MeterRegistry meters)
            throws IOException {
        return switch (all.storage().type()) {
            case LOCAL -> blobs;
            case S3 ->
                    new GuardedBlobStore(
                            // The spool on the same volume has these metrics already.
                            new LocalBlobStore(
                                    root(all, data).resolve(".past"), new SimpleMeterRegistry()),
                            new VolumeGuard(
                                    "past",
                                    VolumeGuard.Limits.ofDeadline(all.storage().timeout()),
                                    meters));
        };
    }

    /// A live server on its own records below the folder that it serves.
    private static Path root(MillraceConfig config, DataFolder data) {
        if (!config.storage().root().isEmpty()) {
            return Path.of(config.storage().root());
        }
        return config.liveStandsAlone() ? Path.of(config.local().root()) : data.resolve("storage");
    }

    private static BlobStore local(
            StorageConfig config, Path root, Readiness readiness, MeterRegistry meters)
            throws IOException {
        var local = new LocalBlobStore(root, meters);
        local.checkWritable();
        var guard =
                new VolumeGuard("storage", VolumeGuard.Limits.ofDeadline(config.timeout()), meters);
        readiness.check(
                "storage",
                () ->
                        guard.isHung()
                                ? Readiness.State.waitingFor(
                                        "the volume of " + root + " to answer",
                                        "Look at the disk or the mount.")
                                : Readiness.State.ok(root.toString()));
        return new GuardedBlobStore(local, guard);
    }

    private static BlobStore bucket(
            StorageConfig config,
            Path spool,
            DataFolder data,
            Readiness readiness,
            MeterRegistry meters)
            throws IOException, StartException {
        var settings =
                new S3Settings(
                        endpoint(config.endpoint()),
                        config.region(),
                        config.bucket(),
                        config.prefix(),
                        config.pathStyle(),
                        config.accessKey(),
                        config.secretKey(),
                        config.maxRequests(),
                        config.timeout().dividedBy(ATTEMPTS),
                        S3Settings.DEFAULT_PART_BYTES);
        var bucket = new S3BlobStore(settings, spool, meters);
        BlobStore store = bucket;
        if (config.cacheSize().bytes() > 0) {
            Path folder =
                    config.cachePath().isEmpty()
                            ? data.resolve("cache").resolve("blocks")
                            : Path.of(config.cachePath());
            try {
                store =
                        new CachedBlobStore(
                                bucket,
                                folder,
                                config.cacheSize().bytes(),
                                Math.toIntExact(config.cacheBlockSize().bytes()),
                                config.timeout(),
                                meters);
            } catch (IOException e) {
                bucket.close();
                throw new StartException("Block cache: " + e.getMessage(), e);
            }
        }
        var check = new BucketCheck(bucket, settings);
        readiness.check("storage", check::state);
        return store;
    }

    private static @org.jspecify.annotations.Nullable URI endpoint(String text)
            throws StartException {
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // Said below.
        }
        throw new StartException(
                "storage.s3.endpoint: " + text + " (expected: a URL such as https://host:9000)");
    }

    /// Whether the bucket can be written: tried at the start, and again until it can.
    private static final class BucketCheck {
        private final S3BlobStore bucket;
        private final S3Settings settings;
        private volatile boolean written;
        private volatile String problem = "not tried yet";

        BucketCheck(S3BlobStore bucket, S3Settings settings) {
            this.bucket = bucket;
            this.settings = settings;
            Thread.ofVirtual().name("bucket-check").start(this::run);
        }

        private void run() {
            try {
                while (!bucket.isClosed()) {
                    try {
                        bucket.checkWritable();
                        written = true;
                        LOG.info("storage: {} can be written", settings);
                        break;
                    } catch (IOException e) {
                        problem = String.valueOf(e.getMessage());
                        LOG.error("storage: {} can't be used: {}", settings, problem);
                    }
                    Thread.sleep(BETWEEN_CHECKS);
                }
                bucket.abortAbandonedUploads();
            } catch (IOException e) {
                LOG.warn("storage: {}: old uploads stay: {}", settings, e.toString());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        Readiness.State state() {
            if (!written) {
                return Readiness.State.waitingFor(
                        settings + ": " + problem, "Check storage.s3 and the server.");
            }
            return bucket.isHung()
                    ? Readiness.State.waitingFor(
                            settings + " to answer", "Look at the server and the network.")
                    : Readiness.State.ok(settings.toString());
        }
    }
}
