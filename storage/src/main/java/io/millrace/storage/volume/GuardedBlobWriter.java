package io.millrace.storage.volume;

import io.millrace.storage.blob.BlobWriter;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A new object. As long as it is small each step has the volume's deadline; what is large may take
/// its time, on its caller's thread. One thread at a time.
final class GuardedBlobWriter implements BlobWriter {
    private static final int SMALL_BYTES = 64 << 10;

    private final VolumeGuard guard;
    private final BlobWriter writer;
    private final String name;
    private long bytes;

    GuardedBlobWriter(VolumeGuard guard, String name, BlobWriter writer) {
        this.guard = guard;
        this.name = name;
        this.writer = writer;
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        bytes += source.remaining();
        if (bytes > SMALL_BYTES) {
            writer.write(source);
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(source.remaining()).put(source).flip();
        guard.call(
                "write " + name,
                () -> {
                    writer.write(copy);
                    return true;
                });
    }

    @Override
    public void commit() throws IOException {
        if (bytes > SMALL_BYTES) {
            writer.commit();
            return;
        }
        guard.call(
                "publish " + name,
                () -> {
                    writer.commit();
                    return true;
                });
    }

    @Override
    public void close() {
        if (bytes > SMALL_BYTES) {
            writer.close();
        } else {
            guard.close(name, writer::close);
        }
    }
}
