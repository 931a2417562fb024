package io.millrace.delivery.packaging;

/// Measured bit rates of a sequence of segments, in bits per second.
///
/// @param peak the highest over neighbouring segments that last at least half the target duration
///   together, RFC 8216 §4.3.4.2
/// @param average over all
public record Bandwidth(long peak, long average) {

    /// @param sizeBytes of each segment of the plan
    public static Bandwidth of(SegmentPlan plan, long[] sizeBytes) {
        double window = plan.targetDurationSeconds() / 2.0;
        double peak = 0;
        long total = 0;
        for (int k = 0; k < sizeBytes.length; k++) {
            total += sizeBytes[k];
            double seconds = 0;
            long bytes = 0;
            for (int j = k; j < sizeBytes.length && seconds < window; j++) {
                seconds += plan.durationSeconds(j);
                bytes += sizeBytes[j];
            }
            if (seconds >= window || k == 0) {
                peak = Math.max(peak, bytes * 8 / seconds);
            }
        }
        return new Bandwidth(
                (long) Math.ceil(peak), (long) Math.ceil(total * 8 / plan.totalSeconds()));
    }

    public Bandwidth max(Bandwidth other) {
        return new Bandwidth(Math.max(peak, other.peak), Math.max(average, other.average));
    }

    public Bandwidth plus(Bandwidth other) {
        return new Bandwidth(peak + other.peak, average + other.average);
    }
}
