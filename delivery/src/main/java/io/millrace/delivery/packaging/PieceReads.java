package io.millrace.delivery.packaging;

import io.millrace.storage.blob.BlobReader;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// The reads that bring the samples of one piece into a scratch buffer: adjacent samples in one
/// read, small holes read through. Sample after sample is given a place, then all are read. Arrays
/// of a piece's size that are used again; one thread at a time.
final class PieceReads {
    /// A hole up to this costs less to read than another system call.
    private static final int MAX_HOLE = 8 << 10;

    /// What may be read and thrown away for a piece.
    private static final int MAX_HOLES = 128 << 10;

    private int count;
    private int[] file = new int[8];
    private long[] start = new long[8];
    private long[] end = new long[8];
    private int[] at = new int[8];
    private int bytes;
    private int holes;

    /// Where to look first for a read that holds the next sample.
    private int hint;

    void clear() {
        count = 0;
        bytes = 0;
        holes = 0;
        hint = 0;
    }

    /// Samples of another track follow, which may lie between the first one's.
    void nextTrack() {
        hint = 0;
    }

    /// Gives a sample its place; ask for one track after the other, in sample order.
    ///
    /// @return where it will be in the scratch buffer
    int place(int source, long offset, int size) {
        while (hint < count - 1 && (file[hint] != source || end[hint] <= offset)) {
            hint++;
        }
        if (hint < count
                && file[hint] == source
                && start[hint] <= offset
                && offset + size <= end[hint]) {
            return at[hint] + (int) (offset - start[hint]);
        }
        int last = count - 1;
        if (last >= 0 && file[last] == source) {
            long hole = offset - end[last];
            if (hole >= 0 && hole <= MAX_HOLE && holes + hole <= MAX_HOLES) {
                holes += (int) hole;
                int place = bytes + (int) hole;
                bytes = Math.addExact(place, size);
                end[last] = offset + size;
                return place;
            }
        }
        if (count == file.length) {
            file = Arrays.copyOf(file, 2 * count);
            start = Arrays.copyOf(start, 2 * count);
            end = Arrays.copyOf(end, 2 * count);
            at = Arrays.copyOf(at, 2 * count);
        }
        file[count] = source;
        start[count] = offset;
        end[count] = offset + size;
        at[count++] = bytes;
        int place = bytes;
        bytes = Math.addExact(bytes, size);
        return place;
    }

    /// What all reads come to.
    int bytes() {
        return bytes;
    }

    /// Reads everything.
    ///
    /// @param residentOnly whether to give up (false) where bytes are not in memory
    boolean read(List<? extends BlobReader> sources, ByteBuffer scratch, boolean residentOnly)
            throws IOException {
        for (int i = 0; i < count; i++) {
            BlobReader source = sources.get(file[i]);
            scratch.limit(at[i] + (int) (end[i] - start[i])).position(at[i]);
            long from = start[i];
            while (scratch.hasRemaining()) {
                int read =
                        residentOnly
                                ? source.readResident(scratch, from)
                                : source.read(scratch, from);
                if (read == 0 && residentOnly) {
                    return false;
                }
                if (read < 0) {
                    throw new EOFException(
                            source.info().key()
                                    + " ends at byte "
                                    + from
                                    + ", "
                                    + scratch.remaining()
                                    + " more expected");
                }
                from += read;
            }
        }
        scratch.clear();
        return true;
    }
}
