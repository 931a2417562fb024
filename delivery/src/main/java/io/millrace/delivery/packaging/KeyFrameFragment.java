package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.util.List;

/// One key frame as a fragment of its own, which lasts until the next one that scrubbing shows:
/// what I-frame playlists and trick-mode sets of fMP4 refer to.
public final class KeyFrameFragment implements MediaSegment {
    /// What a fragment has beside the picture; {@link KeyFrames}' bit rates count it.
    public static final int OVERHEAD_BYTES =
            FragmentWriter.SEGMENT_TYPE_SIZE
                    + FragmentWriter.headerSize(oneSample(new FragmentTrack(1, 0), 1, 1, 1));

    private final int number;
    private final FragmentTrack track;
    private final SegmentBody.FileRange range;

    private KeyFrameFragment(int number, FragmentTrack track, SegmentBody.FileRange range) {
        this.number = number;
        this.track = track;
        this.range = range;
    }

    /// @param n of the clip's key frames, from 0
    /// @throws MalformedMediaException when the picture lies past the file's end
    public static KeyFrameFragment of(MediaSet set, TrackPick video, int n)
            throws MalformedMediaException {
        KeyFrames frames = set.keyFrames(video);
        PlannedTrack planned = frames.planned();
        SampleTable samples = planned.track().samples();
        int sample = frames.sample(n);
        long offset = samples.offset(sample);
        int size = samples.size(sample);
        long fileSize = set.sources().get(video.source()).index().fileSizeBytes();
        if (offset < 0 || size > fileSize - offset) {
            throw new MalformedMediaException(
                    "file is truncated: a key frame ends at byte "
                            + (offset + size)
                            + " of "
                            + fileSize);
        }
        FragmentTrack track =
                oneSample(
                        new FragmentTrack(
                                FragmentedSegment.VIDEO_TRACK_ID,
                                Math.max(0, planned.fragmentDecodeTime(sample))),
                        size,
                        (int) Math.min(Integer.MAX_VALUE, frames.time(n + 1) - frames.time(n)),
                        planned.fragmentOffset(sample));
        return new KeyFrameFragment(
                n + 1, track, new SegmentBody.FileRange(video.file(), offset, size));
    }

    private static FragmentTrack oneSample(
            FragmentTrack track, int size, int duration, int compositionOffset) {
        track.add(size, duration, compositionOffset, true);
        return track;
    }

    @Override
    public long sizeBytes() {
        return FragmentWriter.SEGMENT_TYPE_SIZE
                + FragmentWriter.headerSize(track)
                + track.payloadBytes();
    }

    @Override
    public boolean readsSources() {
        return false;
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources) {
        ByteBuf header =
                allocator.directBuffer(
                        FragmentWriter.SEGMENT_TYPE_SIZE + FragmentWriter.headerSize(track));
        FragmentWriter.writeSegmentType(header);
        FragmentWriter.writeHeader(header, number, track);
        return new SegmentBody(List.of(new SegmentBody.Made(header), range), sizeBytes());
    }
}
