package io.millrace.delivery.vod;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.delivery.packaging.SingleFile;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/// A {@link SingleFile} read like a stored object: what is asked for is put together from the
/// segments it touches, and nothing else. So a reply costs one piece of memory, however large the
/// file is. Blocks on the sources. Thread-safe.
final class SingleFileReader implements BlobReader {
    private final SingleFile file;
    private final List<BlobReader> sources;
    private final BlobInfo info;

    /// @param sources open as long as this is used; borrowed
    /// @param name for messages
    SingleFileReader(SingleFile file, List<BlobReader> sources, String name, String tag) {
        this.file = file;
        this.sources = sources;
        BlobInfo first = sources.getFirst().info();
        this.info = new BlobInfo(name, file.sizeBytes(), first.lastModified(), tag);
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (position >= file.sizeBytes()) {
            return -1;
        }
        int length = (int) Math.min(target.remaining(), file.sizeBytes() - position);
        SegmentBody body;
        try {
            body = file.slice(UnpooledByteBufAllocator.DEFAULT, position, length);
        } catch (MediaException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            for (SegmentBody.Part part : body.parts()) {
                switch (part) {
                    case SegmentBody.Made(ByteBuf bytes) -> {
                        ByteBuffer window = target.slice(target.position(), bytes.readableBytes());
                        bytes.getBytes(bytes.readerIndex(), window);
                        target.position(target.position() + window.capacity());
                    }
                    case SegmentBody.FileRange(int source, long offset, long size) ->
                            copy(sources.get(source), offset, (int) size, target);
                }
            }
        } finally {
            body.release();
        }
        return length;
    }

    private static void copy(BlobReader source, long offset, int size, ByteBuffer target)
            throws IOException {
        ByteBuffer window = target.slice(target.position(), size);
        while (window.hasRemaining()) {
            if (source.read(window, offset + window.position()) < 0) {
                throw new EOFException(
                        source.info().key() + " ends before byte " + (offset + size));
            }
        }
        target.position(target.position() + size);
    }

    /// None: there is no such file.
    @Override
    public Optional<FileChannel> channel() {
        return Optional.empty();
    }

    /// The sources are their owner's.
    @Override
    public void close() {}
}
