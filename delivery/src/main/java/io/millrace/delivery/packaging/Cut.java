package io.millrace.delivery.packaging;

/// What part of some media is played, and how.
///
/// @param fromMs where it starts on the media's timeline; 0 keeps the start as it is
/// @param toMs where it ends; {@link #TO_THE_END} for the media's own end
/// @param ratePercent 200 plays it in half the time
/// @param videoShiftMs by how much its pictures come later than they say; likewise the others
public record Cut(
        long fromMs,
        long toMs,
        int ratePercent,
        int videoShiftMs,
        int audioShiftMs,
        int textShiftMs) {
    public static final long TO_THE_END = Long.MAX_VALUE;
    public static final int MIN_RATE_PERCENT = 50;
    public static final int MAX_RATE_PERCENT = 200;

    /// Everything, as it is.
    public static final Cut NONE = new Cut(0, TO_THE_END, 100, 0, 0, 0);

    public Cut {
        if (fromMs < 0 || toMs <= fromMs) {
            throw new IllegalArgumentException(
                    "cut: " + fromMs + ".." + toMs + " ms (expected: 0 <= from < to)");
        }
        if (ratePercent < MIN_RATE_PERCENT || ratePercent > MAX_RATE_PERCENT) {
            throw new IllegalArgumentException(
                    "ratePercent: " + ratePercent + " (expected: 50..200)");
        }
    }

    public static Cut range(long fromMs, long toMs) {
        return new Cut(fromMs, toMs, 100, 0, 0, 0);
    }

    public Cut withRange(long newFromMs, long newToMs) {
        return new Cut(newFromMs, newToMs, ratePercent, videoShiftMs, audioShiftMs, textShiftMs);
    }

    public Cut withRate(int newRatePercent) {
        return new Cut(fromMs, toMs, newRatePercent, videoShiftMs, audioShiftMs, textShiftMs);
    }

    public Cut withShifts(int video, int audio, int text) {
        return new Cut(fromMs, toMs, ratePercent, video, audio, text);
    }

    public boolean isRange() {
        return fromMs > 0 || toMs != TO_THE_END;
    }
}
