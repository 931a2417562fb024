package io.millrace.delivery.media;

/// Ticks of one clock told in ticks of another; the only place that does it.
///
/// Round half up, on absolute times: a duration is the difference of two rescaled times, never
/// rescaled itself, so that sums do not drift. No product overflows as long as both timescales are
/// positive `int`s and the result fits a `long`.
public final class Timescale {
    /// The clock of MPEG-TS timestamps.
    public static final int MPEG_TS = 90_000;

    public static final int MILLISECONDS = 1_000;
    public static final int MICROSECONDS = 1_000_000;

    private Timescale() {}

    public static long rescale(long ticks, int from, int to) {
        if (from == to) {
            return ticks;
        }
        long whole = Math.floorDiv(ticks, (long) from);
        long rest = Math.floorMod(ticks, (long) from);
        return whole * to + (rest * to + from / 2) / from;
    }

    public static double seconds(long ticks, int timescale) {
        return (double) ticks / timescale;
    }

    /// -1, 0, 1 as time `a` in `aScale` is before, at, or after `b` in `bScale`; exact.
    public static int compare(long a, int aScale, long b, int bScale) {
        int whole = Long.compare(Math.floorDiv(a, (long) aScale), Math.floorDiv(b, (long) bScale));
        if (whole != 0) {
            return whole;
        }
        return Long.compare(
                Math.floorMod(a, (long) aScale) * bScale, Math.floorMod(b, (long) bScale) * aScale);
    }
}
