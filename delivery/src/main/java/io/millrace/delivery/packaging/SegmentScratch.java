package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// The source bytes of one segment, read with as few reads as its runs allow: small holes between
/// runs are read through, larger ones are not. One thread; closed when the segment is written.
final class SegmentScratch implements AutoCloseable {
    /// A hole up to this is cheaper to read than to skip.
    private static final int MAX_HOLE = 32 << 10;

    private final ByteBuf owner;
    private final ByteBuffer bytes;
    private final SourceRuns runs;

    /// Where each run starts in `bytes`.
    private final int[] runPosition;

    /// Index of the run each track's samples are in, while they are asked in order.
    private final int[] cursor = new int[2];

    private SegmentScratch(ByteBuf owner, ByteBuffer bytes, SourceRuns runs, int[] runPosition) {
        this.owner = owner;
        this.bytes = bytes;
        this.runs = runs;
        this.runPosition = runPosition;
        Arrays.fill(cursor, -1);
    }

    static SegmentScratch read(
            SourceRuns runs, List<? extends BlobReader> sources, ByteBufAllocator allocator)
            throws IOException, UnsupportedMediaException {
        int[] runPosition = new int[runs.count];
        int reads = 0;
        int[] readSource = new int[8];
        long[] readOffset = new long[8];
        long[] readLength = new long[8];
        long total = 0;
        for (int run = 0; run < runs.count; run++) {
            int last = reads - 1;
            long start = runs.offset[run];
            long end = start + runs.length[run];
            if (last < 0
                    || readSource[last] != runs.file(run)
                    || start < readOffset[last]
                    || start - (readOffset[last] + readLength[last]) > MAX_HOLE) {
                if (reads == readSource.length) {
                    readSource = Arrays.copyOf(readSource, 2 * reads);
                    readOffset = Arrays.copyOf(readOffset, 2 * reads);
                    readLength = Arrays.copyOf(readLength, 2 * reads);
                }
                last = reads++;
                readSource[last] = runs.file(run);
                readOffset[last] = start;
                readLength[last] = 0;
            }
            long position = total - readLength[last] + start - readOffset[last];
            long grown = Math.max(readLength[last], end - readOffset[last]);
            total += grown - readLength[last];
            readLength[last] = grown;
            if (total > TsRendition.MAX_SEGMENT_BYTES) {
                throw new UnsupportedMediaException(
                        "segment spreads over more than "
                                + TsRendition.MAX_SEGMENT_BYTES
                                + " bytes of its file");
            }
            runPosition[run] = (int) position;
        }
        ByteBuf owner = allocator.directBuffer((int) Math.max(1, total));
        try {
            ByteBuffer bytes = owner.nioBuffer(0, (int) total);
            int at = 0;
            for (int i = 0; i < reads; i++) {
                bytes.limit(at + (int) readLength[i]).position(at);
                readFully(sources.get(readSource[i]), bytes, readOffset[i]);
                at += (int) readLength[i];
            }
            bytes.clear();
            return new SegmentScratch(owner, bytes, runs, runPosition);
        } catch (Throwable failure) {
            owner.release();
            throw failure;
        }
    }

    private static void readFully(BlobReader source, ByteBuffer target, long offset)
            throws IOException {
        long at = offset;
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
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /// Where a sample starts in {@link #bytes}; ask in sample order.
    ///
    /// @param sample counted from the segment's first of the track
    int position(int track, int sample) {
        int run = cursor[track];
        while (run < 0
                || runs.track[run] != track
                || sample >= runs.firstSample[run] + runs.samples[run]) {
            run++;
        }
        cursor[track] = run;
        return runPosition[run] + (int) (runs.offsets[track][sample] - runs.offset[run]);
    }

    /// Samples may be asked from the first again.
    void rewind() {
        Arrays.fill(cursor, -1);
    }

    @Override
    public void close() {
        owner.release();
    }
}
