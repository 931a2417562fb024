package io.millrace.storage.blockcache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A remote store behind a bounded cache of blocks on local disk.
///
/// Blocks belong to a version of an object, so what is read is always of one version. A version is
/// believed to be the newest for {@link #TRUSTED_FOR} without asking the remote store; what this
/// node writes it knows at once. Owns the store. Thread-safe.
public final class CachedBlobStore implements BlobStore {
    /// Keys are not reused for other bytes, but for a job that is done again.
    static final Duration TRUSTED_FOR = Duration.ofSeconds(5);

    private static final int MAX_KNOWN = 10_000;

    private final BlobStore store;
    private final BlockCache cache;

    /// Remote readers, which hold nothing open.
    private final Cache<BlobKey, BlobReader> known =
            Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(TRUSTED_FOR).build();

    /// @param store remote: its readers hold no resources, and local ones (of growing objects) give
    ///   a channel
    /// @param folder for the cache's file; one process's own
    /// @param patience how long a reader waits for a block
    public CachedBlobStore(
            BlobStore store,
            Path folder,
            long sizeBytes,
            int blockBytes,
            Duration patience,
            MeterRegistry registry)
            throws IOException {
        this.store = store;
        cache = new BlockCache(folder, sizeBytes, blockBytes, patience, registry);
    }

    @Override
    public BlobReader open(BlobKey key) throws IOException {
        BlobReader remote = known.getIfPresent(key);
        if (remote == null) {
            remote = store.open(key);
            if (remote.channel().isPresent()) {
                return remote;
            }
            known.put(key, remote);
        }
        return new CachedReader(cache, remote, () -> known.invalidate(key));
    }

    @Override
    public Optional<BlobInfo> stat(BlobKey key) throws IOException {
        return store.stat(key);
    }

    @Override
    public BlobWriter create(BlobKey key) throws IOException {
        BlobWriter writer = store.create(key);
        return new BlobWriter() {
            @Override
            public void write(ByteBuffer source) throws IOException {
                writer.write(source);
            }

            @Override
            public void commit() throws IOException {
                writer.commit();
                known.invalidate(key);
            }

            @Override
            public void close() {
                writer.close();
            }
        };
    }

    @Override
    public void publish(Path file, BlobKey key) throws IOException {
        store.publish(file, key);
        known.invalidate(key);
    }

    @Override
    public void move(BlobKey source, BlobKey target) throws IOException {
        store.move(source, target);
        known.invalidate(source);
        known.invalidate(target);
    }

    @Override
    public AppendBlob append(BlobKey key) throws IOException {
        AppendBlob blob = store.append(key);
        known.invalidate(key);
        return blob;
    }

    @Override
    public boolean delete(BlobKey key) throws IOException {
        boolean deleted = store.delete(key);
        known.invalidate(key);
        return deleted;
    }

    @Override
    public List<BlobKey> list(BlobKey prefix) throws IOException {
        return store.list(prefix);
    }

    @Override
    public Optional<Path> localPath(BlobKey key) throws IOException {
        return store.localPath(key);
    }

    @Override
    public Path newStagingFolder(String purpose) throws IOException {
        return store.newStagingFolder(purpose);
    }

    @Override
    public void checkWritable() throws IOException {
        store.checkWritable();
    }

    @Override
    public void close() {
        cache.close();
        store.close();
    }

    @Override
    public String toString() {
        return store + " behind a cache";
    }
}
