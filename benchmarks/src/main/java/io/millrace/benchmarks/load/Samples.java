package io.millrace.benchmarks.load;

import java.util.Arrays;
import java.util.Locale;

/// Durations, and what share of them is below which. One thread at a time.
final class Samples {
    private long[] nanos = new long[1024];
    private int count;

    void add(long duration) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = duration;
    }

    int count() {
        return count;
    }

    @Override
    public String toString() {
        if (count == 0) {
            return "none";
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "p50=%.1fms p95=%.1fms max=%.1fms",
                sorted[count / 2] / 1e6,
                sorted[Math.min(count - 1, (int) (count * 0.95))] / 1e6,
                sorted[count - 1] / 1e6);
    }
}
