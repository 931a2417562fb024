package io.millrace.delivery.packaging;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/// Where the source bytes of one piece of a segment are read to: the same few hundred KB again and
/// again, so that they stay in the processor's cache. One thread.
final class PieceScratch implements AutoCloseable {
    private static final int FIRST_BYTES = 256 << 10;

    private static final FastThreadLocal<PieceScratch> OF_LOOP =
            new FastThreadLocal<>() {
                @Override
                protected PieceScratch initialValue() {
                    return new PieceScratch(null);
                }
            };

    private final @Nullable ByteBufAllocator allocator;
    private @Nullable ByteBuf owner;
    private ByteBuffer bytes = ByteBuffer.allocateDirect(0);

    private PieceScratch(@Nullable ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /// The calling event loop's own, which stays. Who uses it says how large it may grow.
    static PieceScratch ofLoop() {
        return OF_LOOP.get();
    }

    /// One to be closed.
    static PieceScratch of(ByteBufAllocator allocator) {
        return new PieceScratch(allocator);
    }

    /// Room from 0 to `size`, which is the limit; what was there is lost.
    ByteBuffer bytes(int size) {
        if (bytes.capacity() < size) {
            int capacity = Math.max(FIRST_BYTES, size);
            if (allocator == null) {
                bytes = ByteBuffer.allocateDirect(Integer.highestOneBit(capacity - 1) << 1);
            } else {
                close();
                ByteBuf larger = allocator.directBuffer(capacity, capacity);
                owner = larger;
                bytes = larger.nioBuffer(0, capacity);
            }
        }
        bytes.clear().limit(size);
        return bytes;
    }

    @Override
    public void close() {
        if (owner != null) {
            owner.release();
            owner = null;
            bytes = ByteBuffer.allocate(0);
        }
    }
}
