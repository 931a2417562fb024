package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.SampleAesCipher;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.IOException;
import java.util.List;

/// One MPEG-TS segment with encrypted samples. Its size is that of the clear segment, unless cipher
/// text needs emulation prevention bytes and those another packet: see {@link
/// SampleAesSegmentWriter}.
public final class SampleAesSegment implements MediaSegment {
    private final TsRendition rendition;
    private final SourceRuns runs;
    private final int segment;
    private final Protection protection;

    private SampleAesSegment(
            TsRendition rendition, SourceRuns runs, int segment, Protection protection) {
        this.rendition = rendition;
        this.runs = runs;
        this.segment = segment;
        this.protection = protection;
    }

    /// @param segment from 0
    /// @throws MediaException as {@link TsSegment#of} does
    public static SampleAesSegment of(
            MediaSet set, Rendition rendition, int segment, Protection protection)
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
                            + ")");
        }
        SourceRuns runs = new SourceRuns(FragmentedSegment.planned(set, rendition), segment);
        runs.checkInside(set);
        return new SampleAesSegment(ts, runs, segment, protection);
    }

    @Override
    public long sizeBytes() {
        return rendition.sizeBytes(segment);
    }

    @Override
    public boolean isSizeExact() {
        return false;
    }

    @Override
    public boolean readsSources() {
        return true;
    }

    @Override
    public List<SegmentBody.FileRange> sourceRanges() {
        return runs.ranges();
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException {
        try (SegmentScratch scratch = SegmentScratch.read(runs, sources, allocator)) {
            var writer =
                    new SampleAesSegmentWriter(
                            rendition, segment, scratch, new SampleAesCipher(protection.key()));
            writer.encrypt();
            int size = writer.sizeBytes();
            ByteBuf out = allocator.directBuffer(size, size);
            try {
                writer.write(out);
            } catch (Throwable failure) {
                out.release();
                throw failure;
            }
            return SegmentBody.of(out);
        }
    }
}
