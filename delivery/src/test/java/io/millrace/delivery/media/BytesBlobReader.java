package io.millrace.delivery.media;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// An object held in memory.
public final class BytesBlobReader implements BlobReader {
    private final byte[] bytes;

    public BytesBlobReader(byte[] bytes) {
        this.bytes = bytes;
    }

    public static BytesBlobReader of(Path file) throws IOException {
        return new BytesBlobReader(Files.readAllBytes(file));
    }

    public byte[] bytes() {
        return bytes;
    }

    @Override
    public BlobInfo info() {
        return new BlobInfo(BlobKey.of("test.mp4"), bytes.length, Instant.EPOCH, "1");
    }

    @Override
    public int read(ByteBuffer target, long position) {
        if (position >= bytes.length) {
            return -1;
        }
        int count = (int) Math.min(target.remaining(), bytes.length - position);
        target.put(bytes, (int) position, count);
        return count;
    }

    @Override
    public Optional<FileChannel> channel() {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
