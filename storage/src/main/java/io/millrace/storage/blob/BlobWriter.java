package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.ByteBuffer;

/// An object being written. One thread at a time. Closing without {@link #commit} leaves nothing
/// behind.
public interface BlobWriter extends AutoCloseable {
    void write(ByteBuffer source) throws IOException;

    /// Makes the object durable and visible: fsync, atomic rename, fsync of the folder.
    void commit() throws IOException;

    @Override
    void close();
}
