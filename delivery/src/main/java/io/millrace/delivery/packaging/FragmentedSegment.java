package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.List;

/// One fMP4/CMAF segment: `styp`, `moof` and the `mdat` header are made, the samples stay where
/// they are and go out as file ranges.
///
/// A muxed segment keeps the order of the source file, so that its samples are one range or a few;
/// then each track has a `trun` per stretch.
public final class FragmentedSegment implements MediaSegment {
    /// `track_ID` in init segments and fragments.
    static final int VIDEO_TRACK_ID = 1;

    static final int AUDIO_TRACK_ID = 2;

    /// `styp`, `moof` and the header of `mdat`: kept, because segments are asked for again.
    private final byte[] head;

    private final List<SegmentBody.FileRange> ranges;
    private final long sizeBytes;

    private FragmentedSegment(byte[] head, List<SegmentBody.FileRange> ranges, long sizeBytes) {
        this.head = head;
        this.ranges = ranges;
        this.sizeBytes = sizeBytes;
    }

    /// @param segment from 0
    /// @throws MalformedMediaException when the segment's samples lie past the file's end
    public static FragmentedSegment of(MediaSet set, Rendition rendition, int segment)
            throws MalformedMediaException {
        PlannedTrack[] planned = planned(set, rendition);
        SourceRuns runs = new SourceRuns(planned, segment);
        runs.checkInside(set);
        FragmentTrack[] tracks = tracks(planned, runs, segment);
        return new FragmentedSegment(head(tracks, segment), runs.ranges(), size(tracks));
    }

    private static byte[] head(FragmentTrack[] tracks, int segment) {
        byte[] head =
                new byte[FragmentWriter.SEGMENT_TYPE_SIZE + FragmentWriter.headerSize(tracks)];
        ByteBuf out = Unpooled.wrappedBuffer(head).clear();
        FragmentWriter.writeSegmentType(out);
        FragmentWriter.writeHeader(out, segment + 1L, tracks);
        return head;
    }

    /// The size of each segment of a rendition.
    static long[] sizes(MediaSet set, Rendition rendition) {
        PlannedTrack[] planned = planned(set, rendition);
        long[] sizes = new long[set.plan().count()];
        FragmentTrack single = new FragmentTrack(1, 0);
        for (int k = 0; k < sizes.length; k++) {
            if (planned.length == 1) {
                // One run wherever the samples lie.
                single.reset(1, 0);
                int first = planned[0].first(k);
                addSamples(single, planned[0], k, 0, planned[0].end(k) - first);
                sizes[k] = size(single);
            } else {
                sizes[k] = size(tracks(planned, new SourceRuns(planned, k), k));
            }
        }
        return sizes;
    }

    static long size(FragmentTrack... tracks) {
        long size = FragmentWriter.SEGMENT_TYPE_SIZE + FragmentWriter.headerSize(tracks);
        for (FragmentTrack track : tracks) {
            size += track.payloadBytes();
        }
        return size;
    }

    static PlannedTrack[] planned(MediaSet set, Rendition rendition) {
        List<TrackPick> picks = rendition.picks();
        PlannedTrack[] planned = new PlannedTrack[picks.size()];
        for (int i = 0; i < planned.length; i++) {
            planned[i] = set.planned(picks.get(i));
        }
        return planned;
    }

    static FragmentTrack[] tracks(PlannedTrack[] planned, SourceRuns runs, int segment) {
        FragmentTrack[] tracks = new FragmentTrack[planned.length];
        for (int t = 0; t < tracks.length; t++) {
            PlannedTrack track = planned[t];
            long decodeTime =
                    track.isEmpty(segment) ? 0 : track.fragmentDecodeTime(track.first(segment));
            tracks[t] =
                    new FragmentTrack(
                            track.track().isVideo() ? VIDEO_TRACK_ID : AUDIO_TRACK_ID, decodeTime);
        }
        if (tracks.length == 1) {
            addSamples(
                    tracks[0],
                    planned[0],
                    segment,
                    0,
                    planned[0].end(segment) - planned[0].first(segment));
            return tracks;
        }
        long dataOffset = 0;
        for (int run = 0; run < runs.count; run++) {
            FragmentTrack track = tracks[runs.track[run]];
            track.beginRun(dataOffset);
            addSamples(
                    track,
                    planned[runs.track[run]],
                    segment,
                    runs.firstSample[run],
                    runs.samples[run]);
            dataOffset += runs.length[run];
        }
        return tracks;
    }

    private static void addSamples(
            FragmentTrack target, PlannedTrack planned, int segment, int from, int count) {
        SampleTable samples = planned.track().samples();
        int first = planned.first(segment) + from;
        for (int i = first; i < first + count; i++) {
            target.add(
                    samples.size(i),
                    samples.duration(i),
                    planned.fragmentOffset(i),
                    samples.isSync(i));
        }
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean readsSources() {
        return false;
    }

    @Override
    public List<SegmentBody.FileRange> sourceRanges() {
        return ranges;
    }

    @Override
    public int estimatedBytes() {
        return 64 + head.length + 48 * ranges.size();
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources) {
        List<SegmentBody.Part> parts = new ArrayList<>(1 + ranges.size());
        parts.add(new SegmentBody.Made(allocator.directBuffer(head.length).writeBytes(head)));
        parts.addAll(ranges);
        return new SegmentBody(parts, sizeBytes);
    }
}
