package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MediaException;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBufAllocator;

import java.io.IOException;
import java.util.List;

/// A segment of file ranges, read into memory: where its files are none that an event loop may
/// read.
public final class GatheredSegment implements MediaSegment {
    private final MediaSegment ranges;

    public GatheredSegment(MediaSegment ranges) {
        this.ranges = ranges;
    }

    @Override
    public long sizeBytes() {
        return ranges.sizeBytes();
    }

    @Override
    public boolean isSizeExact() {
        return ranges.isSizeExact();
    }

    @Override
    public boolean readsSources() {
        return true;
    }

    @Override
    public List<SegmentBody.FileRange> sourceRanges() {
        return ranges.sourceRanges();
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException {
        return SegmentBody.of(
                GatheredBytes.of(ranges.write(allocator, sources), allocator, sources));
    }
}
