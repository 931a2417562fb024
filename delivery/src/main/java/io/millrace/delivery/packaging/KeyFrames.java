package io.millrace.delivery.packaging;

import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/// The pictures of a video that scrubbing shows: its sync samples, at most two a second. Immutable,
/// thread-safe.
public final class KeyFrames {
    /// Nobody sees more while scrubbing, and all-intra files have nothing else.
    static final int MIN_GAP_MS = 500;

    private final PlannedTrack planned;
    private final int[] samples;
    private final int[] segments;

    private KeyFrames(PlannedTrack planned, int[] samples, int[] segments) {
        this.planned = planned;
        this.samples = samples;
        this.segments = segments;
    }

    static KeyFrames of(PlannedTrack planned) {
        Track track = planned.track();
        SampleTable table = track.samples();
        long gap = Timescale.rescale(MIN_GAP_MS, Timescale.MILLISECONDS, track.timescale());
        int[] samples = new int[64];
        int[] segments = new int[64];
        int count = 0;
        int segment = 0;
        long next = Long.MIN_VALUE;
        int last = planned.bounds().length - 2;
        for (int n = table.syncAtOrAfter(planned.first(0)); n < table.syncCount(); n++) {
            int sample = table.syncSample(n);
            if (sample >= planned.end(last)) {
                break;
            }
            long time = track.presentationTime(sample);
            if (time < next) {
                continue;
            }
            while (planned.end(segment) <= sample) {
                segment++;
            }
            if (count == samples.length) {
                samples = Arrays.copyOf(samples, 2 * count);
                segments = Arrays.copyOf(segments, 2 * count);
            }
            samples[count] = sample;
            segments[count++] = segment;
            next = time + gap;
        }
        return new KeyFrames(
                planned, Arrays.copyOf(samples, count), Arrays.copyOf(segments, count));
    }

    public PlannedTrack planned() {
        return planned;
    }

    public int count() {
        return samples.length;
    }

    /// Sample number of the n-th (from 0).
    public int sample(int n) {
        return samples[n];
    }

    /// The segment (from 0) it lies in.
    public int segment(int n) {
        return segments[n];
    }

    /// When the n-th is shown, in the track's ticks; of {@link #count}, when the track ends.
    public long time(int n) {
        Track track = planned.track();
        return n < samples.length
                ? Math.max(0, track.presentationTime(samples[n]))
                : Math.max(track.presentationEnd(), n == 0 ? 0 : time(n - 1) + 1);
    }

    /// The bit rates of showing each for its time.
    ///
    /// @param sentBytes what is sent for a picture of so many bytes
    public Bandwidth bandwidth(IntUnaryOperator sentBytes) {
        Track track = planned.track();
        double peak = 0;
        long total = 0;
        for (int n = 0; n < count(); n++) {
            double seconds = Timescale.seconds(time(n + 1) - time(n), track.timescale());
            int bytes = sentBytes.applyAsInt(track.samples().size(samples[n]));
            peak = Math.max(peak, 8.0 * bytes / seconds);
            total += bytes;
        }
        double all = Timescale.seconds(time(count()) - time(0), track.timescale());
        return new Bandwidth((long) Math.ceil(peak), (long) Math.ceil(8.0 * total / all));
    }

    long estimatedBytes() {
        return 64 + 8L * samples.length;
    }
}
