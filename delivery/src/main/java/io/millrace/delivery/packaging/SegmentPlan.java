package io.millrace.delivery.packaging;

import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Where a media set is cut: one list of times, chosen once, for all its renditions.
///
/// The reference track is the first video (the first audio where there is none). It is cut at its
/// first sync sample at or after each multiple of the nominal duration, but only where every other
/// video has a sync sample too, within half a frame, and only where a group of pictures is closed
/// (unless hardly any is). Audio is cut at its first sample that starts at or after the cut, so
/// each sample is in exactly one segment. A tail below {@link #MIN_TAIL_MS} joins the segment
/// before it.
///
/// Immutable, thread-safe.
public final class SegmentPlan {
    static final int MIN_TAIL_MS = 300;

    /// More than this is refused: a playlist no player reads.
    static final int MAX_SEGMENTS = 100_000;

    private final int timescale;
    private final long[] cuts;
    private final boolean aligned;
    private final boolean independent;

    private SegmentPlan(int timescale, long[] cuts, boolean aligned, boolean independent) {
        this.timescale = timescale;
        this.cuts = cuts;
        this.aligned = aligned;
        this.independent = independent;
    }

    static SegmentPlan of(TrackPick reference, List<TrackPick> all, PackagingOptions options) {
        Track track = reference.track();
        int timescale = track.timescale();
        long start = Long.MAX_VALUE;
        long end = 0;
        long videoEnd = 0;
        for (TrackPick pick : all) {
            Track other = pick.track();
            long first =
                    PlannedTrack.earliestPresentation(other, PlannedTrack.firstUsefulSample(other));
            start =
                    Math.min(
                            start,
                            Timescale.rescale(Math.max(0, first), other.timescale(), timescale));
            long last = Timescale.rescale(other.presentationEnd(), other.timescale(), timescale);
            end = Math.max(end, last);
            if (other.isVideo()) {
                videoEnd = Math.max(videoEnd, last);
            }
        }
        end = Math.max(end, start + 1);
        long nominal =
                Timescale.rescale(
                        options.segmentDuration().toMillis(), Timescale.MILLISECONDS, timescale);
        long minTail = Timescale.rescale(MIN_TAIL_MS, Timescale.MILLISECONDS, timescale);
        long[] cuts;
        boolean aligned = true;
        boolean independent = true;
        if (track.isVideo()) {
            cuts = videoCuts(reference, all, start, nominal, false);
            long[] open = videoCuts(reference, all, start, nominal, true);
            if (cuts.length * 2 < open.length) {
                cuts = open;
                independent = false;
            }
            long[] alone =
                    isOnlyVideo(reference, all)
                            ? cuts
                            : videoCuts(
                                    reference, List.of(reference), start, nominal, !independent);
            if (cuts.length * 2 < alone.length) {
                cuts = alone;
                aligned = false;
            }
            cuts = withAudioTail(cuts, videoEnd, end, nominal);
        } else {
            cuts = audioCuts(track, start, end, nominal);
        }
        int length = cuts.length;
        while (length > 1 && end - cuts[length - 1] < minTail) {
            length--;
        }
        cuts = Arrays.copyOf(cuts, length + 1);
        cuts[length] = end;
        return new SegmentPlan(timescale, cuts, aligned, independent);
    }

    private static boolean isOnlyVideo(TrackPick reference, List<TrackPick> all) {
        for (TrackPick pick : all) {
            if (pick.track().isVideo() && pick.track() != reference.track()) {
                return false;
            }
        }
        return true;
    }

    private static long[] videoCuts(
            TrackPick reference, List<TrackPick> all, long start, long nominal, boolean openGops) {
        Track track = reference.track();
        SampleTable samples = track.samples();
        List<Track> others = new ArrayList<>();
        for (TrackPick pick : all) {
            if (pick.track().isVideo() && pick.track() != track) {
                others.add(pick.track());
            }
        }
        long early = nominal / 20;
        long[] cuts = new long[16];
        int count = 0;
        cuts[count++] = start;
        long next = start + nominal;
        int first = PlannedTrack.firstUsefulSample(track);
        for (int n = samples.syncAtOrAfter(first) + 1;
                n < samples.syncCount() && count < MAX_SEGMENTS;
                n++) {
            long time = track.presentationTime(samples.syncSample(n));
            if (time < next - early || time - cuts[count - 1] < nominal / 2) {
                continue;
            }
            boolean shared = openGops || isClosed(track, samples.syncSample(n));
            for (Track other : others) {
                if (shared) {
                    int near = syncNear(other, time, track.timescale());
                    shared = near >= 0 && (openGops || isClosed(other, near));
                }
            }
            if (!shared) {
                continue;
            }
            if (count == cuts.length) {
                cuts = Arrays.copyOf(cuts, 2 * count);
            }
            cuts[count++] = time;
            next = start + ((time + early - start) / nominal + 1) * nominal;
        }
        return Arrays.copyOf(cuts, count);
    }

    /// Whether nothing that is decoded after a sync sample is shown before it: then it starts a
    /// closed group of pictures (stream access point type 1).
    static boolean isClosed(Track track, int syncSample) {
        return PlannedTrack.earliestPresentation(track, syncSample)
                == track.presentationTime(syncSample);
    }

    /// Where audio goes on long after the pictures end, it is cut on by the nominal duration.
    private static long[] withAudioTail(long[] cuts, long videoEnd, long end, long nominal) {
        if (end - videoEnd <= nominal) {
            return cuts;
        }
        long[] more = cuts;
        int count = cuts.length;
        for (long time = Math.max(videoEnd, cuts[count - 1] + 1);
                time < end && count < MAX_SEGMENTS;
                time += nominal) {
            if (count == more.length) {
                more = Arrays.copyOf(more, 2 * count);
            }
            more[count++] = time;
        }
        return Arrays.copyOf(more, count);
    }

    private static long[] audioCuts(Track track, long start, long end, long nominal) {
        SampleTable samples = track.samples();
        long[] cuts = new long[16];
        int count = 0;
        cuts[count++] = start;
        for (long time = start + nominal; time < end && count < MAX_SEGMENTS; time += nominal) {
            int sample = samples.firstAtOrAfter(time - track.presentationShift());
            if (sample == samples.count()) {
                break;
            }
            long cut = track.presentationTime(sample);
            if (cut <= cuts[count - 1]) {
                continue;
            }
            if (count == cuts.length) {
                cuts = Arrays.copyOf(cuts, 2 * count);
            }
            cuts[count++] = cut;
        }
        return Arrays.copyOf(cuts, count);
    }

    /// The sync sample shown within half a frame of `time`, or -1.
    private static int syncNear(Track track, long time, int timescale) {
        SampleTable samples = track.samples();
        long wanted = Timescale.rescale(time, timescale, track.timescale());
        int low = 0;
        int high = samples.syncCount();
        long tolerance = Math.max(1, samples.typicalDuration() / 2);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (track.presentationTime(samples.syncSample(middle)) < wanted - tolerance) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == samples.syncCount()) {
            return -1;
        }
        int sample = samples.syncSample(low);
        return track.presentationTime(sample) <= wanted + tolerance ? sample : -1;
    }

    /// The samples of a track that each segment holds.
    PlannedTrack plan(TrackPick pick) {
        Track track = pick.track();
        SampleTable samples = track.samples();
        int[] bounds = new int[cuts.length];
        bounds[0] = PlannedTrack.firstUsefulSample(track);
        for (int k = 1; k < count(); k++) {
            bounds[k] = Math.max(bounds[k - 1], bound(track, cuts[k]));
        }
        bounds[count()] = samples.count();
        return PlannedTrack.of(pick, bounds);
    }

    private int bound(Track track, long cut) {
        SampleTable samples = track.samples();
        if (track.isVideo()) {
            int near = syncNear(track, cut, timescale);
            if (near >= 0) {
                return near;
            }
            // Not aligned here: its own next sync sample.
            long time = Timescale.rescale(cut, timescale, track.timescale());
            for (int n =
                            samples.syncAtOrAfter(
                                    Math.min(
                                            samples.count(),
                                            samples.firstAtOrAfter(
                                                    time - track.presentationShift())));
                    n < samples.syncCount();
                    n++) {
                if (track.presentationTime(samples.syncSample(n)) >= time) {
                    return samples.syncSample(n);
                }
            }
            return samples.count();
        }
        long time = Timescale.rescale(cut, timescale, track.timescale());
        return samples.firstAtOrAfter(time - track.presentationShift());
    }

    /// Segments; segment k (0-based here, 1-based in URLs) is `[cut(k), cut(k + 1))`.
    public int count() {
        return cuts.length - 1;
    }

    /// Of {@link #cut}.
    public int timescale() {
        return timescale;
    }

    /// Presentation time at which segment k starts; of {@link #count}, at which all ends.
    public long cut(int k) {
        return cuts[k];
    }

    public long durationTicks(int k) {
        return cuts[k + 1] - cuts[k];
    }

    public double durationSeconds(int k) {
        return Timescale.seconds(durationTicks(k), timescale);
    }

    public long totalTicks() {
        return cuts[cuts.length - 1] - cuts[0];
    }

    public double totalSeconds() {
        return Timescale.seconds(totalTicks(), timescale);
    }

    /// `EXT-X-TARGETDURATION`: the longest segment, rounded to the nearest second.
    public int targetDurationSeconds() {
        long longest = 0;
        for (int k = 0; k < count(); k++) {
            longest = Math.max(longest, durationTicks(k));
        }
        return (int) Math.max(1, Timescale.rescale(longest, timescale, 1));
    }

    /// Whether all videos have a sync sample at each cut. When not, each is cut at its own next
    /// one, and switching between them is not seamless.
    public boolean isAligned() {
        return aligned;
    }

    /// Whether every segment's pictures can be decoded without the segment before it. False where
    /// the video has open groups of pictures nearly everywhere: it is cut there all the same, the
    /// pictures that lead a segment in are predicted from the one before, and playlists must not
    /// promise independence.
    public boolean isIndependent() {
        return independent;
    }

    long estimatedBytes() {
        return 64 + 8L * cuts.length;
    }
}
