package io.millrace.storage.volume;

import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A store that is kept within a {@link VolumeGuard}: opening, looking, listing, reading, growing,
/// deleting, and new objects as long as they are small. Publications of much (uploads, jobs) may
/// take long for good reasons and wait on their callers' threads. Owns the store and the guard.
/// Thread-safe.
public final class GuardedBlobStore implements BlobStore {
    private final BlobStore store;
    private final VolumeGuard guard;

    public GuardedBlobStore(BlobStore store, VolumeGuard guard) {
        this.store = store;
        this.guard = guard;
    }

    public VolumeGuard guard() {
        return guard;
    }

    @Override
    public BlobReader open(BlobKey key) throws IOException {
        return guard.open(key.value(), () -> store.open(key));
    }

    @Override
    public Optional<BlobInfo> stat(BlobKey key) throws IOException {
        return guard.call("stat " + key, () -> store.stat(key));
    }

    @Override
    public BlobWriter create(BlobKey key) throws IOException {
        return new GuardedBlobWriter(
                guard, key.value(), guard.call("create " + key, () -> store.create(key)));
    }

    @Override
    public void publish(Path file, BlobKey key) throws IOException {
        store.publish(file, key);
    }

    @Override
    public void move(BlobKey source, BlobKey target) throws IOException {
        store.move(source, target);
    }

    @Override
    public AppendBlob append(BlobKey key) throws IOException {
        return new GuardedAppendBlob(
                guard, guard.call("open " + key + " to append", () -> store.append(key)));
    }

    @Override
    public boolean delete(BlobKey key) throws IOException {
        return guard.call("delete " + key, () -> store.delete(key));
    }

    @Override
    public List<BlobKey> list(BlobKey prefix) throws IOException {
        return guard.call("list " + prefix, () -> store.list(prefix));
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
        guard.close();
        store.close();
    }

    @Override
    public String toString() {
        return store.toString();
    }
}
