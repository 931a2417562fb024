package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;

import java.util.List;

/// What a reply carries. A reply that was given to {@link HttpExchange#reply} owns its body.
public sealed interface HttpBody {
    /// Nothing.
    record Empty() implements HttpBody {
        static final Empty INSTANCE = new Empty();
    }

    /// Bytes on the heap; they must not change any more.
    record Bytes(byte[] bytes) implements HttpBody {}

    /// A buffer, released once written or refused.
    record Buffer(ByteBuf buffer) implements HttpBody {}

    /// Pieces in order, of known lengths; `owner` is run once when no piece is needed any more (it
    /// closes readers).
    record Parts(List<Part> parts, long sizeBytes, Runnable owner) implements HttpBody {}

    /// Bytes a producer writes over time, of unknown total length.
    record Stream(StreamProducer producer) implements HttpBody {}

    /// A piece of {@link Parts}.
    sealed interface Part {
        long sizeBytes();
    }

    /// A piece in memory; released with the reply.
    record BufferPart(ByteBuf buffer) implements Part {
        @Override
        public long sizeBytes() {
            return buffer.readableBytes();
        }
    }

    /// A range of a stored object: sent by sendfile where channel and store allow, else read piece
    /// by piece off the event loop. The reader stays open until the reply's owner is run.
    record BlobPart(BlobReader reader, long position, long sizeBytes) implements Part {
        public BlobPart {
            if (position < 0 || sizeBytes < 0) {
                throw new IllegalArgumentException(
                        "range: " + position + "+" + sizeBytes + " (expected: >= 0)");
            }
        }
    }

    /// Bytes that are made as they are sent. A reply of which a range may be asked has none.
    ///
    /// @param sizeBytes of all pieces together
    record MadePart(BodyMaker maker, long sizeBytes) implements Part {}

    /// Writes a body over time.
    @FunctionalInterface
    interface StreamProducer {
        /// Called on the event loop when the head has been written; keeps `writer` and uses it from
        /// any one thread at a time.
        void start(BodyWriter writer) throws Exception;
    }
}
