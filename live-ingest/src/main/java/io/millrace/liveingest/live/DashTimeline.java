package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The periods of a live presentation: a new one wherever what follows does not continue what was
/// before, and where it lies on the wall clock that MPDs count by.
///
/// Observed on the stream's event loop; the rest is for any thread.
final class DashTimeline {
    /// Renditions of one encoder break off at about the same time: that is one break.
    private static final long SAME_BREAK_MS = 500;

    /// @param id of the segment it starts with, so that it stays when that leaves the window
    /// @param startMs on the stream's time line
    /// @param startedAt the wall clock there
    record Period(String id, long startMs, Instant startedAt) {}

    /// @param start what all times of the MPD count from, for ever the same
    /// @param periods oldest first, not empty
    record Line(Instant start, List<Period> periods) {
        Duration startOf(Period period) {
            return Duration.between(start, period.startedAt());
        }
    }

    private final boolean past;
    private volatile @Nullable Line line;

    /// @param past whether of what players may go back in, and as far as they may
    DashTimeline(boolean past) {
        this.past = past;
    }

    /// Null before there is any media.
    @Nullable Line line() {
        return line;
    }

    void observe(Collection<RenditionWindow> renditions) {
        Line before = line;
        List<Period> periods =
                before == null ? new ArrayList<>() : new ArrayList<>(before.periods());
        long oldest = Long.MAX_VALUE;
        boolean changed = false;
        for (RenditionWindow rendition : renditions) {
            TrackWindow leading = rendition.leading();
            DvrWindow dvr = rendition.dvr();
            if (leading == null || (past && dvr == null)) {
                continue;
            }
            if (past && dvr != null) {
                oldest = Math.min(oldest, dvr.track(leading.kind()).oldestMs());
            }
            TrackWindow.View view = leading.view();
            List<LiveSegment> listed = view.listed();
            if (!listed.isEmpty()) {
                LiveSegment first = listed.getFirst();
                changed |= periods.isEmpty() && begin(periods, first);
                int from = listed.size();
                while (from > 0 && listed.get(from - 1).startMs() > periods.getLast().startMs()) {
                    from--;
                }
                for (LiveSegment segment : listed.subList(from, listed.size())) {
                    changed |= segment.discontinuity() && begin(periods, segment);
                }
                oldest = Math.min(oldest, first.startMs());
            }
            if (!view.open().isEmpty()) {
                LiveFragment first = view.open().getFirst();
                changed |=
                        (periods.isEmpty() || view.openDiscontinuity())
                                && begin(
                                        periods,
                                        view.openSequence(),
                                        first.startMs(),
                                        first.startedAt());
                oldest = Math.min(oldest, first.startMs());
            }
        }
        while (periods.size() > 1 && periods.get(1).startMs() <= oldest) {
            periods.removeFirst();
            changed = true;
        }
        if (changed) {
            Instant start = before == null ? periods.getFirst().startedAt() : before.start();
            line = new Line(start, List.copyOf(periods));
        }
    }

    private static boolean begin(List<Period> periods, LiveSegment segment) {
        return begin(periods, segment.sequence(), segment.startMs(), segment.startedAt());
    }

    private static boolean begin(
            List<Period> periods, long sequence, long startMs, Instant startedAt) {
        if (!periods.isEmpty() && startMs < periods.getLast().startMs() + SAME_BREAK_MS) {
            return false;
        }
        periods.add(new Period("p" + sequence, startMs, startedAt));
        return true;
    }
}
