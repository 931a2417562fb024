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
import java.util.concurrent.locks.ReentrantLock;

/// A rendition as MPEG-TS, counted from the sample tables alone: how many packets each segment has,
/// and at which continuity counters it starts (all packets of the segments before it, modulo 16),
/// so that segments made in any order, by any node, join without a gap.
///
/// Counted as far as it is asked for, and kept. Thread-safe.
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
    private final ReentrantLock counting = new ReentrantLock();

    /// Segments whose numbers above are there; written last.
    private volatile int counted;

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
    }

    /// Counts what is not counted yet of the segments before `end`. The counters of a segment need
    /// all before it; who starts at the beginning pays for what is played alone.
    private void countTo(int end) {
        if (end <= counted) {
            return;
        }
        counting.lock();
        try {
            for (int k = counted; k < end; k++) {
                long videoPackets = videoPackets(k);
                long audioPackets = audioPackets(k);
                sizeBytes[k] = (2 + videoPackets + audioPackets) * TsPacketizer.PACKET;
                videoContinuity[k + 1] = (byte) (videoContinuity[k] + videoPackets & 0xF);
                audioContinuity[k + 1] = (byte) (audioContinuity[k] + audioPackets & 0xF);
                counted = k + 1;
            }
        } finally {
            counting.unlock();
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
        int end = video.end(segment);
        long packets = 0;
        int sync = samples.syncAtOrAfter(video.first(segment));
        int syncCount = samples.syncCount();
        int nextSync = sync < syncCount ? samples.syncSample(sync) : end;
        for (int i = video.first(segment); i < end; i++) {
            boolean isSync = i == nextSync;
            if (isSync) {
                sync++;
                nextSync = sync < syncCount ? samples.syncSample(sync) : end;
            }
            packets += packets(track, videoStream, i, isWithDts(track, i), isSync);
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
            long packet = 2; // behind PAT and PMT
            for (int i = first; i < end && n < frames.count(); i++) {
                long packets =
                        packets(track, videoStream, i, isWithDts(track, i), samples.isSync(i));
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

    /// Packets of a picture.
    int videoPackets(int sample, boolean withDts) {
        if (video == null || videoStream == null) {
            throw new IllegalStateException("rendition: no video");
        }
        return packets(
                video.track(),
                videoStream,
                sample,
                withDts,
                video.track().samples().isSync(sample));
    }

    private static int packets(
            Track track, TsStream stream, int sample, boolean withDts, boolean sync) {
        return TsPacketizer.packets(
                videoHead(track, stream, withDts, sync)
                        + AnnexB.size(stream.nalLengthSize(), track.samples().size(sample)),
                true,
                sync);
    }

    /// Whether a picture's two times differ once they are in ticks of 90 kHz.
    private static boolean isWithDts(Track track, int sample) {
        int offset = track.samples().compositionOffset(sample);
        if (offset == 0) {
            return false;
        }
        if (Math.abs((long) offset) * Timescale.MPEG_TS >= track.timescale()) {
            return true; // a tick or more
        }
        long decode = track.shiftedDecodeTime(sample);
        return tsTime(track, decode) != tsTime(track, decode + offset);
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
            packets += audioGroupPackets(from, to);
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

    int audioGroupPackets(int from, int to) {
        return TsPacketizer.packets(
                TsPacketizer.pesHeaderSize(false) + audioGroupBytes(from, to), video == null, true);
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
        countTo(segment + 1);
        return sizeBytes[segment];
    }

    /// Of all segments. Not to be changed.
    long[] sizes() {
        countTo(sizeBytes.length);
        return sizeBytes;
    }

    int videoContinuity(int segment) {
        countTo(segment);
        return videoContinuity[segment];
    }

    int audioContinuity(int segment) {
        countTo(segment);
        return audioContinuity[segment];
    }
}
