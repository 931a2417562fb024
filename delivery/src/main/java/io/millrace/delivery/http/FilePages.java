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

    private final Arena arena;
    private final MemorySegment mapping;
    private final ByteBuf[] windows;

    private FilePages(Arena arena, MemorySegment mapping) {
        this.arena = arena;
        this.mapping = mapping;
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
        return position + length <= mapping.byteSize()
                && (length == 0 || mapping.asSlice(position, length).isLoaded());
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

    @Override
    public void close() {
        arena.close();
    }
}
