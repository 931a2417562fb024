package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// Bodies and file ranges read into memory, where something must be done to their bytes.
final class GatheredBytes {
    private GatheredBytes() {}

    /// The bytes of a body in one buffer that nobody else sees, which the caller releases. Takes
    /// the body over, also when it throws.
    static ByteBuf of(
            SegmentBody body, ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, UnsupportedMediaException {
        if (body.parts().size() == 1
                && body.parts().getFirst() instanceof SegmentBody.Made(ByteBuf bytes)
                && bytes.nioBufferCount() == 1) {
            return bytes;
        }
        try {
            ByteBuf out = allocator.directBuffer(checkedSize(body.sizeBytes()));
            try {
                for (SegmentBody.Part part : body.parts()) {
                    switch (part) {
                        case SegmentBody.Made(ByteBuf bytes) ->
                                out.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
                        case SegmentBody.FileRange range -> append(out, range, sources);
                    }
                }
                return out;
            } catch (Throwable failure) {
                out.release();
                throw failure;
            }
        } finally {
            body.release();
        }
    }

    /// The bytes of some ranges, one after the other; the caller releases them.
    static ByteBuf read(
            List<SegmentBody.FileRange> ranges,
            long sizeBytes,
            ByteBufAllocator allocator,
            List<? extends BlobReader> sources)
            throws IOException, UnsupportedMediaException {
        ByteBuf out = allocator.directBuffer(Math.max(1, checkedSize(sizeBytes)));
        try {
            for (SegmentBody.FileRange range : ranges) {
                append(out, range, sources);
            }
            return out;
        } catch (Throwable failure) {
            out.release();
            throw failure;
        }
    }

    private static void append(
            ByteBuf out, SegmentBody.FileRange range, List<? extends BlobReader> sources)
            throws IOException {
        int length = Math.toIntExact(range.length());
        out.ensureWritable(length);
        ByteBuffer target = out.nioBuffer(out.writerIndex(), length);
        BlobReader source = sources.get(range.source());
        long at = range.offset();
        while (target.hasRemaining()) {
            int read = source.read(target, at);
            if (read < 0) {
                throw new EOFException(
                        source.info().key()
                                + " ends at byte "
                                + at
                                + ", "
                                + target.remaining()
                                + " more expected");
            }
            at += read;
        }
        out.writerIndex(out.writerIndex() + length);
    }

    private static int checkedSize(long sizeBytes) throws UnsupportedMediaException {
        if (sizeBytes > TsRendition.MAX_SEGMENT_BYTES) {
            throw new UnsupportedMediaException(
                    "segment of "
                            + sizeBytes
                            + " bytes (expected: at most "
                            + TsRendition.MAX_SEGMENT_BYTES
                            + " to be encrypted)");
        }
        return (int) sizeBytes;
    }
}
