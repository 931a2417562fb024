package io.millrace.delivery.packaging;

import io.netty.buffer.ByteBuf;

import java.util.List;

/// What answers a segment request: bytes we made and stretches of the source files, in order.
///
/// Ownership: whoever got the body releases it once, by {@link #release} or by handing each {@link
/// Made} buffer on to something that releases it. One thread at a time.
///
/// @param sizeBytes of all parts together
public record SegmentBody(List<Part> parts, long sizeBytes) {
    /// A stretch of the reply.
    public sealed interface Part {
        long sizeBytes();
    }

    /// Bytes made for this reply.
    public record Made(ByteBuf bytes) implements Part {
        @Override
        public long sizeBytes() {
            return bytes.readableBytes();
        }
    }

    /// Bytes of a source file, for sendfile where the store has a channel.
    ///
    /// @param source position of the file among the open files of the {@link Presentation}, from 0
    public record FileRange(int source, long offset, long length) implements Part {
        @Override
        public long sizeBytes() {
            return length;
        }
    }

    public static SegmentBody of(ByteBuf bytes) {
        return new SegmentBody(List.of(new Made(bytes)), bytes.readableBytes());
    }

    public void release() {
        for (Part part : parts) {
            if (part instanceof Made(ByteBuf bytes)) {
                bytes.release();
            }
        }
    }
}
