package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Immutable objects named by key, written once, read by range.
///
/// Publication is crash-safe: a reader sees the whole object or none of it, and after {@link
/// BlobWriter#commit} a power cut does not take it away. All calls may block on storage: never call
/// them on an event loop. Thread-safe.
public interface BlobStore extends AutoCloseable {
    /// Opens an object for reading; the caller closes the reader.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is no such object
    BlobReader open(BlobKey key) throws IOException;

    /// Size and identity of an object, or empty when there is none.
    Optional<BlobInfo> stat(BlobKey key) throws IOException;

    /// Starts a new object. Nothing is visible under the key until {@link BlobWriter#commit}.
    BlobWriter create(BlobKey key) throws IOException;

    /// Publishes a finished local file as an object and removes the file; a rename where both share
    /// a volume. Publishing again under the same key replaces the object atomically (a repeated job
    /// does that).
    void publish(Path file, BlobKey key) throws IOException;

    /// Gives an object another key, replacing what is there, without its bytes passing through this
    /// process where the store can do that. A crash in between may leave both.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is no object under `source`
    void move(BlobKey source, BlobKey target) throws IOException;

    /// Opens a growing object for its one writer, creating it when it is new and going on at its
    /// end when not. Waits for no disk: the first {@link AppendBlob#sync} makes the name durable.
    AppendBlob append(BlobKey key) throws IOException;

    /// Removes an object; false when there was none.
    boolean delete(BlobKey key) throws IOException;

    /// Keys that start with `prefix/`, sorted; for sweepers and tools, not for serving.
    List<BlobKey> list(BlobKey prefix) throws IOException;

    /// The file behind an object where the store is a folder: what a child process reads. Empty on
    /// remote stores.
    Optional<Path> localPath(BlobKey key) throws IOException;

    /// A fresh folder on the store's own volume for work in progress (uploads, a job's output). The
    /// caller removes it; what a crash leaves is swept at the next start.
    Path newStagingFolder(String purpose) throws IOException;

    /// Checks that the store can be written, by writing, and throws what is wrong with a text an
    /// operator can act on.
    void checkWritable() throws IOException;

    @Override
    void close();
}
