package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/// What of an open local file is in the page cache, and its bytes as buffers that are the page
/// cache: the kernel copies them from there into a socket, we never touch them. That is how many
/// small runs of a file go out in one call, where sendfile takes a call each.
///
/// Only a plain socket may be given such buffers. Where the file was cut meanwhile, the kernel
/// answers a write with EFAULT and the connection ends; code of ours (or BoringSSL's) that touched
/// the same bytes would take the process down.
///
/// Whoever owns it closes it when no buffer of it is under way any more. Thread-safe.
public final class FilePages implements AutoCloseable {
    /// What one `ByteBuffer` spans at most.
    private static final long WINDOW_BYTES = 1L << 30;

    /// Looked at as a whole, and then taken to be in memory for {@link #TRUSTED_NS}: pages that
    /// were just sent are the last to leave it.
    private static final int BLOCK_BYTES = 256 << 10;

    private static final long TRUSTED_NS = 1_000_000_000;

    private final Arena arena;
    private final MemorySegment mapping;

    /// When each block was last seen to be in memory, 0 for never; written by anyone, for a lost
    /// write costs a look.
    private final long[] seenNs;

    private final ByteBuf[] windows;

    private FilePages(Arena arena, MemorySegment mapping) {
        this.arena = arena;
        this.mapping = mapping;
        this.seenNs = new long[(int) ((mapping.byteSize() + BLOCK_BYTES - 1) / BLOCK_BYTES)];
        this.windows = new ByteBuf[(int) ((mapping.byteSize() + WINDOW_BYTES - 1) / WINDOW_BYTES)];
        for (int i = 0; i < windows.length; i++) {
            long from = i * WINDOW_BYTES;
            long length = Math.min(WINDOW_BYTES, mapping.byteSize() - from);
            windows[i] = Unpooled.wrappedBuffer(mapping.asSlice(from, length).asByteBuffer());
        }
    }

    /// @param file borrowed; it may be closed meanwhile
    /// @throws IOException when the file cannot be mapped
    @SuppressWarnings("MustBeClosed") // The pages own it.
    public static FilePages of(FileChannel file, long sizeBytes) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new FilePages(
                    arena, file.map(FileChannel.MapMode.READ_ONLY, 0, sizeBytes, arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// Whether a range is in memory now, so that sending it waits for no disk. Ranges past the end
    /// are not.
    boolean areResident(long position, long length) {
        if (position + length > mapping.byteSize()) {
            return false;
        }
        long now = System.nanoTime() | 1;
        long end = position + length;
        for (long at = position; at < end; ) {
            int block = (int) (at / BLOCK_BYTES);
            long from = (long) block * BLOCK_BYTES;
            long to = Math.min(from + BLOCK_BYTES, mapping.byteSize());
            long seen = seenNs[block];
            if (seen == 0 || now - seen > TRUSTED_NS) {
                if (mapping.asSlice(from, to - from).isLoaded()) {
                    seenNs[block] = now;
                } else if (!mapping.asSlice(at, Math.min(to, end) - at).isLoaded()) {
                    return false;
                }
            }
            at = to;
        }
        return true;
    }

    /// Whether one buffer can span the range.
    boolean isInOneWindow(long position, long length) {
        return position + length <= mapping.byteSize()
                && position / WINDOW_BYTES == (position + Math.max(1, length) - 1) / WINDOW_BYTES;
    }

    /// The bytes of a range that lies {@link #isInOneWindow}; the caller releases the buffer.
    ByteBuf slice(long position, int length) {
        return windows[(int) (position / WINDOW_BYTES)].retainedSlice(
                (int) (position % WINDOW_BYTES), length);
    }

    /// Where a position lies in our address space: for the kernel only, and as long as the pages
    /// live.
    long address(long position) {
        return mapping.address() + position;
    }

    @Override
    public void close() {
        arena.close();
    }
}
