package io.millrace.storage.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// An open object. Positional reads, so any number of threads may share one; closing it is its
/// opener's.
public interface BlobReader extends Closeable {
    BlobInfo info();

    /// Reads at `position` into the buffer's remaining space until it is full or the object ends.
    ///
    /// @return bytes read, or -1 at or past the end
    int read(ByteBuffer target, long position) throws IOException;

    /// The channel behind a local object, for sendfile. It lives as long as this reader.
    Optional<FileChannel> channel();
}
