package io.millrace.delivery.packaging;

import java.util.List;

/// Measured bit rates of a sequence of segments, in bits per second.
///
/// @param peak the highest, by the protocol's own definition
/// @param average over all
public record Bandwidth(long peak, long average) {
    public static final Bandwidth NONE = new Bandwidth(0, 0);

    /// Steps of the search for DASH's rate: to a millionth of it.
    private static final int STEPS = 20;

    /// Some segments in order, and what they weigh.
    public record Segments(SegmentPlan plan, long[] sizeBytes) {}

    /// HLS: the peak is over all groups of neighbouring segments that last 0.5 to 1.5 target
    /// durations together (RFC 8216 §4.3.4.2).
    ///
    /// @param clips played one after the other
    public static Bandwidth hls(List<Segments> clips, int targetDurationSeconds) {
        double peak = 0;
        for (Segments clip : clips) {
            peak = Math.max(peak, hlsPeak(clip, targetDurationSeconds));
        }
        return new Bandwidth((long) Math.ceil(peak), average(clips));
    }

    private static double hlsPeak(Segments clip, double target) {
        SegmentPlan plan = clip.plan();
        long[] sizes = clip.sizeBytes();
        double peak = 0;
        boolean any = false;
        for (int k = 0; k < sizes.length; k++) {
            double seconds = 0;
            long bytes = 0;
            for (int j = k; j < sizes.length; j++) {
                seconds += plan.durationSeconds(j);
                bytes += sizes[j];
                if (seconds > 1.5 * target) {
                    break;
                }
                if (seconds >= 0.5 * target) {
                    any = true;
                    peak = Math.max(peak, bytes * 8 / seconds);
                }
            }
        }
        // A clip too short for any group: all of it.
        return any ? peak : total(sizes) * 8 / plan.totalSeconds();
    }

    /// DASH: the lowest rate at which a client that has received for `minBufferSeconds` before it
    /// plays, from whatever segment it starts, never waits (ISO/IEC 23009-1 §5.3.5.2).
    public static Bandwidth dash(Segments segments, double minBufferSeconds) {
        long average = average(List.of(segments));
        double low = 0;
        double high = 0;
        for (long size : segments.sizeBytes()) {
            high = Math.max(high, size * 8 / minBufferSeconds);
        }
        high = Math.max(high, average);
        while (!suffices(segments, high, minBufferSeconds)) {
            high *= 2;
        }
        for (int step = 0; step < STEPS; step++) {
            double middle = (low + high) / 2;
            if (suffices(segments, middle, minBufferSeconds)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return new Bandwidth((long) Math.ceil(high), average);
    }

    /// Whether each segment is there when it is due, at a constant rate.
    private static boolean suffices(Segments segments, double rate, double buffer) {
        double behind = 0; // bits that the segments before still need
        for (int k = 0; k < segments.sizeBytes().length; k++) {
            behind += segments.sizeBytes()[k] * 8.0;
            if (behind > rate * buffer) {
                return false;
            }
            behind = Math.max(0, behind - rate * segments.plan().durationSeconds(k));
        }
        return true;
    }

    private static long average(List<Segments> clips) {
        long bytes = 0;
        double seconds = 0;
        for (Segments clip : clips) {
            bytes += total(clip.sizeBytes());
            seconds += clip.plan().totalSeconds();
        }
        return (long) Math.ceil(bytes * 8 / seconds);
    }

    private static long total(long[] sizes) {
        long sum = 0;
        for (long size : sizes) {
            sum += size;
        }
        return sum;
    }

    public Bandwidth plus(Bandwidth other) {
        return new Bandwidth(peak + other.peak, average + other.average);
    }

    public Bandwidth max(Bandwidth other) {
        return new Bandwidth(Math.max(peak, other.peak), Math.max(average, other.average));
    }
}
