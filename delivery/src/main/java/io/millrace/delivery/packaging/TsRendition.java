package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.mpegts.AnnexB;
import io.millrace.delivery.mpegts.TsPacketizer;
import io.millrace.delivery.mpegts.TsStream;
import io.millrace.delivery.mpegts.TsTables;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// A rendition as MPEG-TS, counted from the sample tables alone: how many packets each segment has,
/// and at which continuity counters it starts (all packets of the segments before it, modulo 16),
/// so that segments made in any order, by any node, join without a gap.
///
/// Immutable, thread-safe.
final class TsRendition {
    /// Several audio frames share a PES packet up to this size...
    private static final int MAX_AUDIO_PES_BYTES = 2_930;

    /// ...and up to this time, or the smaller one where audio carries the clock.
    private static final int MAX_AUDIO_PES_MS = 300;

    private static final int MAX_CLOCK_GAP_MS = 80;

    /// A segment larger than this is not built in memory.
    static final long MAX_SEGMENT_BYTES = 256L << 20;

    final @Nullable PlannedTrack video;
    final @Nullable PlannedTrack audio;
    final @Nullable TsStream videoStream;
    final @Nullable TsStream audioStream;
    final TsTables tables;
    private final int maxAudioFrames;
    private final long[] sizeBytes;
    private final byte[] videoContinuity;
    private final byte[] audioContinuity;

    private TsRendition(MediaSet set, Rendition rendition) throws UnsupportedMediaException {
        List<TsStream> streams = new ArrayList<>(2);
        TrackPick videoPick = rendition.video();
        TrackPick audioPick = rendition.audio();
        video = videoPick == null ? null : set.planned(videoPick);
        audio = audioPick == null ? null : set.planned(audioPick);
        videoStream = video == null ? null : stream(video.track(), streams);
        audioStream = audio == null ? null : stream(audio.track(), streams);
        tables = TsTables.of(streams);
        int frame = audio == null ? 1 : Math.max(1, audio.track().samples().typicalDuration());
        int maxMs = video == null ? MAX_CLOCK_GAP_MS : MAX_AUDIO_PES_MS;
        maxAudioFrames =
                audio == null
                        ? 0
                        : (int)
                                Math.max(
                                        1,
                                        Timescale.rescale(
                                                        maxMs,
                                                        Timescale.MILLISECONDS,
                                                        audio.track().timescale())
                                                / frame);
        int segments = set.plan().count();
        sizeBytes = new long[segments];
        videoContinuity = new byte[segments + 1];
        audioContinuity = new byte[segments + 1];
        for (int k = 0; k < segments; k++) {
            long videoPackets = videoPackets(k);
            long audioPackets = audioPackets(k);
            sizeBytes[k] = (2 + videoPackets + audioPackets) * TsPacketizer.PACKET;
            videoContinuity[k + 1] = (byte) (videoContinuity[k] + videoPackets & 0xF);
            audioContinuity[k + 1] = (byte) (audioContinuity[k] + audioPackets & 0xF);
        }
    }

    static TsRendition of(MediaSet set, Rendition rendition) throws UnsupportedMediaException {
        return new TsRendition(set, rendition);
    }

    private static TsStream stream(Track track, List<TsStream> into)
            throws UnsupportedMediaException {
        TsStream stream = TsStream.of(track.codec(), track.language());
        into.add(stream);
        return stream;
    }

    private long videoPackets(int segment) {
        if (video == null || videoStream == null) {
            return 0;
        }
        Track track = video.track();
        SampleTable samples = track.samples();
        int first = video.first(segment);
        int end = video.end(segment);
        long[] times = new long[end - first];
        samples.decodeTimes(first, end, times);
        long packets = 0;
        for (int i = first; i < end; i++) {
            long decode = times[i - first] + track.presentationShift();
            packets += samplePackets(track, videoStream, decode, i);
        }
        return packets;
    }

    /// Offset in its segment and length of each key frame; this rendition has no audio.
    long[] keyFrameRanges(KeyFrames frames) {
        long[] ranges = new long[2 * frames.count()];
        if (video == null || videoStream == null || audio != null) {
            throw new IllegalStateException("rendition: not video alone");
        }
        Track track = video.track();
        SampleTable samples = track.samples();
        int n = 0;
        for (int k = 0; n < frames.count() && k < sizeBytes.length; k++) {
            int first = video.first(k);
            int end = video.end(k);
            long[] times = new long[end - first];
            samples.decodeTimes(first, end, times);
            long packet = 2; // behind PAT and PMT
            for (int i = first; i < end && n < frames.count(); i++) {
                long decode = times[i - first] + track.presentationShift();
                long packets = samplePackets(track, videoStream, decode, i);
                if (frames.sample(n) == i) {
                    ranges[2 * n] = packet * TsPacketizer.PACKET;
                    ranges[2 * n + 1] = packets * TsPacketizer.PACKET;
                    n++;
                }
                packet += packets;
            }
        }
        return ranges;
    }

    private static long samplePackets(Track track, TsStream stream, long decode, int sample) {
        SampleTable samples = track.samples();
        boolean sync = samples.isSync(sample);
        boolean withDts =
                tsTime(track, decode) != tsTime(track, decode + samples.compositionOffset(sample));
        return TsPacketizer.packets(
                videoHead(track, stream, withDts, sync)
                        + AnnexB.size(stream.nalLengthSize(), samples.size(sample)),
                true,
                sync);
    }

    /// What comes on top of a video sample's own bytes. Where samples open with a delimiter, the
    /// one we write replaces it.
    static int videoHead(Track track, TsStream stream, boolean withDts, boolean sync) {
        return TsPacketizer.pesHeaderSize(withDts)
                + (track.startsWithDelimiter() ? 0 : stream.delimiter().length)
                + (sync ? stream.parameterSets().length : 0);
    }

    private long audioPackets(int segment) {
        if (audio == null) {
            return 0;
        }
        long packets = 0;
        int end = audio.end(segment);
        for (int from = audio.first(segment); from < end; ) {
            int to = audioGroupEnd(from, end);
            packets +=
                    TsPacketizer.packets(
                            TsPacketizer.pesHeaderSize(false) + audioGroupBytes(from, to),
                            video == null,
                            true);
            from = to;
        }
        return packets;
    }

    /// The frames that share a PES packet with frame `from`.
    int audioGroupEnd(int from, int end) {
        if (audio == null) {
            return end;
        }
        SampleTable samples = audio.track().samples();
        int bytes = 0;
        int to = from;
        while (to < end && to - from < maxAudioFrames) {
            bytes += samples.size(to) + adtsBytes();
            if (bytes > MAX_AUDIO_PES_BYTES && to > from) {
                break;
            }
            to++;
        }
        return to;
    }

    int audioGroupBytes(int from, int to) {
        if (audio == null) {
            return 0;
        }
        SampleTable samples = audio.track().samples();
        int bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += samples.size(i) + adtsBytes();
        }
        return bytes;
    }

    int adtsBytes() {
        byte[] adts = audioStream == null ? null : audioStream.adts();
        return adts == null ? 0 : adts.length;
    }

    static long tsTime(Track track, long presentationTicks) {
        return PlannedTrack.TS_BASE
                + Timescale.rescale(presentationTicks, track.timescale(), Timescale.MPEG_TS);
    }

    long sizeBytes(int segment) {
        return sizeBytes[segment];
    }

    long[] sizes() {
        return sizeBytes;
    }

    int videoContinuity(int segment) {
        return videoContinuity[segment];
    }

    int audioContinuity(int segment) {
        return audioContinuity[segment];
    }
}
