package io.millrace.storage.volume;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// Reads what is in memory at once and the rest on the volume's threads. Thread-safe.
final class GuardedReader implements BlobReader {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedReader.class);

    private final VolumeGuard guard;
    private final BlobReader reader;

    GuardedReader(VolumeGuard guard, BlobReader reader) {
        this.guard = guard;
        this.reader = reader;
    }

    @Override
    public BlobInfo info() {
        return reader.info();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int count = reader.readResident(target, position + total);
            if (count == 0) {
                count = guard.read(reader, target, position + total);
            }
            if (count < 0) {
                return total == 0 ? -1 : total;
            }
            total += count;
        }
        return total;
    }

    @Override
    public int readResident(ByteBuffer target, long position) {
        return reader.readResident(target, position);
    }

    @Override
    public Optional<FileChannel> channel() {
        return reader.channel();
    }

    /// Does not wait: closing may hang as reading may.
    @Override
    public void close() {
        guard.later(
                () -> {
                    try {
                        reader.close();
                    } catch (IOException e) {
                        LOG.warn("{} could not be closed: {}", info().key(), e.toString());
                    }
                });
    }
}
