package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.IOException;
import java.util.List;

/// One MPEG-TS segment: its size is known from the index, its bytes are read and muxed on demand.
public final class TsSegment implements MediaSegment {
    private final TsRendition rendition;
    private final SourceRuns runs;
    private final int segment;

    private TsSegment(TsRendition rendition, SourceRuns runs, int segment) {
        this.rendition = rendition;
        this.runs = runs;
        this.segment = segment;
    }

    /// @param segment from 0
    /// @throws UnsupportedMediaException when a codec does not travel in MPEG-TS, or the segment is
    ///   too large to build in memory
    /// @throws MalformedMediaException when the segment's samples lie past the file's end
    public static TsSegment of(MediaSet set, Rendition rendition, int segment)
            throws MediaException {
        TsRendition ts = set.tsRendition(rendition);
        if (ts.sizeBytes(segment) > TsRendition.MAX_SEGMENT_BYTES) {
            throw new UnsupportedMediaException(
                    "segment "
                            + (segment + 1)
                            + " of "
                            + ts.sizeBytes(segment)
                            + " bytes (expected: at most "
                            + TsRendition.MAX_SEGMENT_BYTES
                            + "; played as fMP4)");
        }
        List<TrackPick> picks = rendition.picks();
        PlannedTrack[] planned = new PlannedTrack[picks.size()];
        for (int i = 0; i < planned.length; i++) {
            planned[i] = set.planned(picks.get(i));
        }
        SourceRuns runs = new SourceRuns(planned, segment);
        runs.checkInside(set);
        return new TsSegment(ts, runs, segment);
    }

    @Override
    public long sizeBytes() {
        return rendition.sizeBytes(segment);
    }

    @Override
    public boolean readsSources() {
        return true;
    }

    @Override
    public int estimatedBytes() {
        return runs.estimatedBytes();
    }

    @Override
    public List<SegmentBody.FileRange> sourceRanges() {
        return runs.ranges();
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException {
        int size = (int) sizeBytes();
        ByteBuf out = allocator.directBuffer(size, size);
        try (SegmentScratch scratch = SegmentScratch.read(runs, sources, allocator)) {
            new TsSegmentWriter(rendition, segment, scratch).write(out);
        } catch (Throwable failure) {
            out.release();
            throw failure;
        }
        return SegmentBody.of(out);
    }
}
