package io.millrace.delivery.packaging;

import io.millrace.delivery.media.Track;

/// When each segment of a track starts, in the track's ticks on the presentation timeline: what a
/// `SegmentTimeline` and a `sidx` say.
///
/// Segments in which the track has no sample last 0 ticks: the one before them reaches over them.
public final class SegmentTimes {
    private final PlannedTrack planned;
    private final long[] starts;

    private SegmentTimes(PlannedTrack planned, long[] starts) {
        this.planned = planned;
        this.starts = starts;
    }

    public static SegmentTimes of(PlannedTrack planned) {
        Track track = planned.track();
        int count = planned.bounds().length - 1;
        long[] starts = new long[count + 1];
        starts[count] = track.presentationEnd();
        for (int k = count - 1; k >= 0; k--) {
            starts[k] =
                    planned.isEmpty(k)
                            ? starts[k + 1]
                            : Math.max(0, track.presentationTime(planned.first(k)));
        }
        return new SegmentTimes(planned, starts);
    }

    public int count() {
        return starts.length - 1;
    }

    public boolean isEmpty(int segment) {
        return planned.isEmpty(segment);
    }

    /// The first segment that has a sample.
    public int firstSegment() {
        int k = 0;
        while (k < count() - 1 && isEmpty(k)) {
            k++;
        }
        return k;
    }

    public long start(int segment) {
        return starts[segment];
    }

    public long duration(int segment) {
        return Math.max(0, starts[segment + 1] - starts[segment]);
    }
}
