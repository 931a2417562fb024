package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.SampleCipher;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// An fMP4 segment whose samples are encrypted by Common Encryption. It reads its own samples, in
/// the order the clear segment has them, encrypts them where they lie and then writes the `moof`,
/// whose size depends on the pictures' slices.
public final class ProtectedFragmentedSegment implements MediaSegment {
    /// A subsample entry of a video sample, and its share of the boxes around; an audio sample has
    /// at most its IV and a size.
    private static final int EXPECTED_VIDEO_BYTES = 2 + 8 + 1 + 4 * 6;

    private static final int EXPECTED_AUDIO_BYTES = 8 + 1;
    private static final int EXPECTED_TRACK_BYTES = 64;

    private final PlannedTrack[] planned;
    private final SourceRuns runs;
    private final List<SegmentBody.FileRange> ranges;
    private final int segment;
    private final Protection protection;
    private final long clearSize;

    private ProtectedFragmentedSegment(
            PlannedTrack[] planned, SourceRuns runs, int segment, Protection protection) {
        this.planned = planned;
        this.runs = runs;
        this.ranges = runs.ranges();
        this.segment = segment;
        this.protection = protection;
        this.clearSize = FragmentedSegment.size(FragmentedSegment.tracks(planned, runs, segment));
    }

    /// @param segment from 0
    /// @throws MalformedMediaException when the segment's samples lie past the file's end
    public static ProtectedFragmentedSegment of(
            MediaSet set, Rendition rendition, int segment, Protection protection)
            throws MalformedMediaException {
        PlannedTrack[] planned = FragmentedSegment.planned(set, rendition);
        SourceRuns runs = new SourceRuns(planned, segment);
        runs.checkInside(set);
        return new ProtectedFragmentedSegment(planned, runs, segment, protection);
    }

    /// What is expected; the real size is known when the slices have been seen.
    @Override
    public long sizeBytes() {
        return clearSize + expectedOverhead(planned, segment);
    }

    static long expectedOverhead(PlannedTrack[] planned, int segment) {
        long overhead = 0;
        for (PlannedTrack track : planned) {
            int samples = track.end(segment) - track.first(segment);
            overhead +=
                    EXPECTED_TRACK_BYTES
                            + (long) samples
                                    * (track.track().isVideo()
                                            ? EXPECTED_VIDEO_BYTES
                                            : EXPECTED_AUDIO_BYTES);
        }
        return overhead;
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
        return ranges;
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws IOException, MediaException {
        FragmentTrack[] tracks = FragmentedSegment.tracks(planned, runs, segment);
        long payloadSize = 0;
        for (FragmentTrack track : tracks) {
            payloadSize += track.payloadBytes();
        }
        ByteBuf payload = GatheredBytes.read(ranges, payloadSize, allocator, sources);
        try {
            SampleCipher[] ciphers = encrypt(payload);
            for (int t = 0; t < tracks.length; t++) {
                tracks[t].encryptedBy(ciphers[t]);
            }
            ByteBuf header =
                    allocator.directBuffer(
                            FragmentWriter.SEGMENT_TYPE_SIZE + FragmentWriter.headerSize(tracks));
            FragmentWriter.writeSegmentType(header);
            FragmentWriter.writeHeader(header, segment + 1L, tracks);
            return new SegmentBody(
                    List.of(new SegmentBody.Made(header), new SegmentBody.Made(payload)),
                    (long) header.readableBytes() + payload.readableBytes());
        } catch (Throwable failure) {
            payload.release();
            throw failure;
        }
    }

    private SampleCipher[] encrypt(ByteBuf payload) throws MediaException {
        SampleCipher[] ciphers = new SampleCipher[planned.length];
        for (int t = 0; t < ciphers.length; t++) {
            Track track = planned[t].track();
            ciphers[t] =
                    new SampleCipher(
                            protection,
                            track.codec(),
                            track.isVideo(),
                            planned[t].pick().file() + " " + track.id());
        }
        ByteBuffer bytes =
                payload.nioBuffer(payload.readerIndex(), payload.readableBytes())
                        .order(ByteOrder.BIG_ENDIAN);
        int at = 0;
        for (int run = 0; run < runs.count; run++) {
            int t = runs.track[run];
            SampleTable samples = planned[t].track().samples();
            int first = planned[t].first(segment) + runs.firstSample[run];
            for (int i = first; i < first + runs.samples[run]; i++) {
                int size = samples.size(i);
                ciphers[t].encrypt(bytes, at, size, i);
                at += size;
            }
        }
        return ciphers;
    }
}
