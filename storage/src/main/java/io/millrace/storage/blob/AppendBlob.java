package io.millrace.storage.blob;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A growing object with one writer: a recording. Readers may open it while it grows and see whole
/// appends up to the size they asked for. One thread at a time.
public interface AppendBlob extends AutoCloseable {
    BlobKey key();

    long sizeBytes();

    /// Appends the buffer's remaining bytes; when it throws, the object may end in a part of them
    /// (the next opener truncates to what it can prove).
    void append(ByteBuffer source) throws IOException;

    /// Makes everything appended so far survive a power cut, and of a new object its name.
    void sync() throws IOException;

    /// Cuts a torn tail off.
    void truncate(long sizeBytes) throws IOException;

    @Override
    void close() throws IOException;
}
