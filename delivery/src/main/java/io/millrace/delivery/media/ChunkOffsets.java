package io.millrace.delivery.media;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Where runs of adjacent samples lie in their file: an `int` each where the file is below 4 GiB.
/// Immutable: the arrays given are not to be changed any more.
public final class ChunkOffsets {
    private final int @Nullable [] narrow;
    private final long @Nullable [] wide;

    /// @param unsigned offsets below 2^32
    public ChunkOffsets(int[] unsigned) {
        narrow = unsigned;
        wide = null;
    }

    private ChunkOffsets(long[] offsets) {
        narrow = null;
        wide = offsets;
    }

    public static ChunkOffsets of(long[] offsets) {
        long max = 0;
        for (long offset : offsets) {
            max = Math.max(max, offset);
        }
        if (max > 0xFFFF_FFFFL) {
            return new ChunkOffsets(offsets);
        }
        int[] narrow = new int[offsets.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (int) offsets[i];
        }
        return new ChunkOffsets(narrow);
    }

    public int count() {
        return narrow != null ? narrow.length : wide().length;
    }

    public long get(int chunk) {
        return narrow != null ? narrow[chunk] & 0xFFFF_FFFFL : wide()[chunk];
    }

    public ChunkOffsets first(int chunks) {
        if (chunks == count()) {
            return this;
        }
        return narrow != null
                ? new ChunkOffsets(Arrays.copyOf(narrow, chunks))
                : new ChunkOffsets(Arrays.copyOf(wide(), chunks));
    }

    private long[] wide() {
        long[] offsets = wide;
        if (offsets == null) {
            throw new IllegalStateException("chunk offsets: none");
        }
        return offsets;
    }

    long estimatedBytes() {
        return (narrow != null ? 4L : 8L) * count();
    }
}
