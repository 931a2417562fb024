package io.millrace.liveingest.live;

import io.millrace.delivery.media.Timescale;

import java.util.List;

/// How long the segment will be that a stream is making, by those before it: encoders that send a
/// key frame every two seconds go on to do so. Immutable.
///
/// @param timescale of what follows, in ticks per second
/// @param openSequence the segment that is being made, or will be next
/// @param openStart where that begins; negative when nobody knows
/// @param length of a segment, as far as one can know
/// @param steady whether the last ones were equally long, so that where the one after begins can be
///   told; players keep what they were told once, so a wrong guess is worse than none
record SegmentForecast(
        int timescale, long openSequence, long openStart, long length, boolean steady) {
    private static final long USUAL_MS = 2000;

    /// Less is taken for the start of a stream or what is left of one.
    private static final long SHORTEST_MS = 500;

    private static final long JITTER_MS = 60;

    static final SegmentForecast UNKNOWN = new SegmentForecast(1000, 0, -1, USUAL_MS, false);

    static SegmentForecast of(TrackWindow.View view) {
        int timescale = view.track().timescale();
        List<LiveSegment> kept = view.kept();
        long newest = -1;
        long before = -1;
        boolean broken = view.openDiscontinuity();
        boolean sameRun = !broken;
        boolean steady = false;
        for (int i = kept.size() - 1; i >= 0 && before < 0; i--) {
            LiveSegment segment = kept.get(i);
            long length = segment.endTicks() - segment.startTicks();
            if (!broken && !segment.isGap() && segment.durationMs() >= SHORTEST_MS) {
                if (newest < 0) {
                    newest = length;
                    steady = sameRun;
                } else {
                    before = length;
                }
            }
            broken = segment.discontinuity();
            if (broken && newest >= 0) {
                break;
            }
            sameRun &= !broken;
        }
        if (newest < 0) {
            newest = Timescale.rescale(USUAL_MS, Timescale.MILLISECONDS, timescale);
        } else if (before >= 0) {
            steady &=
                    Math.abs(newest - before)
                            <= Timescale.rescale(JITTER_MS, Timescale.MILLISECONDS, timescale);
        }
        long start = -1;
        if (!view.open().isEmpty()) {
            start = view.open().getFirst().startTicks();
        } else if (!kept.isEmpty() && !view.openDiscontinuity()) {
            start = kept.getLast().endTicks();
        }
        return new SegmentForecast(timescale, view.openSequence(), start, newest, steady);
    }

    long lengthMs() {
        return Timescale.rescale(length, timescale, Timescale.MILLISECONDS);
    }

    /// Where a segment will end, in ticks of another timescale.
    ///
    /// @param sequence the last whole one or later
    long end(long sequence, int otherTimescale) {
        return Timescale.rescale(
                openStart + (sequence - openSequence + 1) * length, timescale, otherTimescale);
    }

    /// Whether {@link #end} can be told.
    boolean tells() {
        return openStart >= 0;
    }
}
