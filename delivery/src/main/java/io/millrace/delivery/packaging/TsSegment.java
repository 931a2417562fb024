package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/// One MPEG-TS segment: its size is known from the index, its bytes are read and muxed on demand.
public final class TsSegment implements MediaSegment {
    /// Muxed at a time: with the samples it is made of, a piece stays in a core's cache.
    private static final int PIECE_BYTES = 128 << 10;

    /// A larger picture is not muxed on an event loop.
    private static final int MAX_SAMPLE_BYTES = 1 << 20;

    private final TsRendition rendition;
    private final SourceRuns runs;
    private final int segment;
    private final int largestSample;

    /// Whether the bytes themselves may turn out not to travel in MPEG-TS.
    private final boolean mayFail;

    private TsSegment(TsRendition rendition, SourceRuns runs, int segment) {
        this.rendition = rendition;
        this.runs = runs;
        this.segment = segment;
        this.largestSample = runs.largestSample();
        this.mayFail = rendition.videoStream != null && rendition.videoStream.nalLengthSize() != 4;
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
        try {
            new TsPieces(rendition, segment, runs, sources, allocator)
                    .makeAll(out, isRemote(sources) ? size : PIECE_BYTES);
        } catch (Throwable failure) {
            out.release();
            throw failure;
        }
        return SegmentBody.of(out);
    }

    /// Then each read may be a request: the whole segment is asked for at once.
    private static boolean isRemote(List<? extends BlobReader> sources) {
        return sources.stream().anyMatch(source -> source.channel().isEmpty());
    }

    @Override
    public @Nullable SegmentPieces pieces(
            ByteBufAllocator allocator, List<? extends BlobReader> sources) {
        return mayFail || largestSample > MAX_SAMPLE_BYTES
                ? null
                : new TsPieces(rendition, segment, runs, sources, allocator);
    }

    @Override
    public boolean readsOnly(SourceCheck check) {
        return runs.areAll(check);
    }
}
