package io.millrace.delivery.packaging;

import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;

/// One track cut into the set's segments, with what it takes to put it on the output's clocks.
///
/// In fMP4, decode times must not be negative, and those before the presentation's start are: audio
/// priming, and pictures decoded before the first one is shown. All of a track's times move by
/// `editMediaTime`, which the init segment's edit list takes back. (Signed composition offsets
/// would do for pictures, but ffmpeg then shows them late by the reordering delay.)
///
/// Where several clips follow each other, pictures have signed offsets all the same: hls.js knows
/// no edit list, puts the end of a clip that much too late, and leaves a hole before the next (ADR
/// 0011).
///
/// @param bounds first sample of each segment, and after the last segment the end
/// @param editMediaTime ticks
/// @param offsetShift ticks that composition offsets are smaller than the source's, so that no edit
///   is needed; then `editMediaTime` is 0
public record PlannedTrack(TrackPick pick, int[] bounds, long editMediaTime, int offsetShift) {
    /// MPEG-TS time of presentation time 0: room for priming and for decoding ahead.
    public static final long TS_BASE = 900_000;

    private static final int REORDER_WINDOW = 64;

    /// Priming that is kept before time 0: Opus wants 80 ms, AAC two frames. What lies before is
    /// not needed by any decoder.
    private static final int MAX_AUDIO_PRIMING_MS = 120;

    static PlannedTrack of(TrackPick pick, int[] bounds) {
        Track track = pick.track();
        int first = bounds[0];
        long earliest =
                Math.min(earliestPresentation(track, first), track.shiftedDecodeTime(first));
        return new PlannedTrack(pick, bounds, Math.max(0, -earliest), 0);
    }

    /// The same with signed offsets in the place of the edit, if its pictures are decoded before
    /// time 0 and none is shown before it.
    PlannedTrack withSignedOffsets() {
        Track track = track();
        boolean canBe =
                track.isVideo()
                        && editMediaTime > 0
                        && editMediaTime < Integer.MAX_VALUE / 4
                        && earliestPresentation(track, bounds[0]) >= 0;
        return canBe ? new PlannedTrack(pick, bounds, 0, (int) editMediaTime) : this;
    }

    /// fMP4 composition offset of a sample, in ticks.
    public int fragmentOffset(int sample) {
        return track().samples().compositionOffset(sample) - offsetShift;
    }

    /// Where serving starts: the sync sample that shows time 0, or for audio the priming before it.
    static int firstUsefulSample(Track track) {
        SampleTable samples = track.samples();
        if (track.isVideo()) {
            int first = samples.syncCount() > 0 ? samples.syncSample(0) : 0;
            for (int n = 1; n < samples.syncCount(); n++) {
                int sample = samples.syncSample(n);
                if (track.presentationTime(sample) > 0) {
                    break;
                }
                first = sample;
            }
            return first;
        }
        long floor =
                -Timescale.rescale(MAX_AUDIO_PRIMING_MS, Timescale.MILLISECONDS, track.timescale());
        return Math.min(
                samples.firstAtOrAfter(floor - track.presentationShift()), samples.count() - 1);
    }

    /// The smallest presentation time of the samples that `first` opens.
    static long earliestPresentation(Track track, int first) {
        SampleTable samples = track.samples();
        long earliest = track.presentationTime(first);
        if (samples.hasCompositionOffsets()) {
            int sync = samples.syncAtOrAfter(first + 1);
            int nextSync = sync < samples.syncCount() ? samples.syncSample(sync) : samples.count();
            int end = Math.min(nextSync, first + REORDER_WINDOW);
            for (int i = first + 1; i < end; i++) {
                earliest = Math.min(earliest, track.presentationTime(i));
            }
        }
        return earliest;
    }

    public Track track() {
        return pick.track();
    }

    public int first(int segment) {
        return bounds[segment];
    }

    public int end(int segment) {
        return bounds[segment + 1];
    }

    public boolean isEmpty(int segment) {
        return bounds[segment] == bounds[segment + 1];
    }

    /// fMP4 decode time of a sample, in ticks.
    public long fragmentDecodeTime(int sample) {
        return track().shiftedDecodeTime(sample) + editMediaTime + offsetShift;
    }

    public long payloadBytes(int segment) {
        SampleTable samples = track().samples();
        long sum = 0;
        for (int i = first(segment); i < end(segment); i++) {
            sum += samples.size(i);
        }
        return sum;
    }
}
