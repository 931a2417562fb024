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

    /// Reads what is in memory already, from `position` on without a gap, and never waits: event
    /// loops may call it. Only direct buffers get anything.
    ///
    /// @return bytes read, fewer than asked for as a rule; 0 when nothing can be had without
    ///   waiting
    default int readResident(ByteBuffer target, long position) {
        return 0;
    }

    /// The channel behind a local object, for sendfile. It lives as long as this reader.
    Optional<FileChannel> channel();
}
