package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One track as an MPD shows it, and what of it lies in a period: what starts from the period's
/// start on, and before the next one's.
///
/// @param id of its Representation
record ShownTrack(String id, TrackWindow.View view) {
    /// Sound is cut to its frame, which may begin before the picture does.
    private static final long CUT_TOLERANCE_MS = 60;

    /// @param untilMs where the next period starts; the greatest number where there is none
    static boolean isIn(long startMs, DashTimeline.Period period, long untilMs) {
        return startMs >= period.startMs() - CUT_TOLERANCE_MS
                && (untilMs == Long.MAX_VALUE || startMs < untilMs - CUT_TOLERANCE_MS);
    }

    /// What it is in a period; null where it has nothing there.
    @Nullable LiveTrack trackIn(DashTimeline.Period period, long untilMs) {
        for (LiveSegment segment : view.listed()) {
            if (!segment.isGap() && isIn(segment.startMs(), period, untilMs)) {
                return segment.track();
            }
        }
        List<LiveFragment> open = view.open();
        return !open.isEmpty() && isIn(open.getFirst().startMs(), period, untilMs)
                ? open.getFirst().track()
                : null;
    }

    /// The name of the init segment of what it has in a period.
    String initIn(DashTimeline.Period period, long untilMs) {
        for (LiveSegment segment : view.listed()) {
            if (!segment.isGap() && isIn(segment.startMs(), period, untilMs)) {
                return segment.initName();
            }
        }
        return view.openInit();
    }

    /// Whether it has its first sample of a period where its last one before that ends.
    boolean follows(DashTimeline.Period period, long untilMs, DashTimeline.Period before) {
        long end = -1;
        for (LiveSegment segment : view.listed()) {
            if (segment.isGap()) {
                continue;
            }
            if (isIn(segment.startMs(), before, period.startMs())) {
                end = segment.endTicks();
            } else if (isIn(segment.startMs(), period, untilMs)) {
                return segment.startTicks() == end;
            }
        }
        List<LiveFragment> open = view.open();
        return !open.isEmpty() && open.getFirst().startTicks() == end;
    }
}
