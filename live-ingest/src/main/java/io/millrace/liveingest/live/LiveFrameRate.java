package io.millrace.liveingest.live;

import io.millrace.delivery.media.FrameRate;

import org.jspecify.annotations.Nullable;

/// Pictures per second of a live track, measured over its segments: publishers' metadata is often
/// wrong, and times in whole milliseconds make a single segment wrong by as much as the usual rates
/// lie apart.
final class LiveFrameRate {
    /// 23.976 and 24 are 0.1 % apart.
    private static final double SAME = 0.0006;

    private static final FrameRate[] USUAL = {
        new FrameRate(24_000, 1001),
        new FrameRate(24, 1),
        new FrameRate(25, 1),
        new FrameRate(30_000, 1001),
        new FrameRate(30, 1),
        new FrameRate(48, 1),
        new FrameRate(50, 1),
        new FrameRate(60_000, 1001),
        new FrameRate(60, 1)
    };

    private LiveFrameRate() {}

    /// Of the newest configuration's segments; null where none is whole yet.
    static @Nullable FrameRate of(TrackWindow.View view) {
        String init = view.kept().isEmpty() ? "" : view.kept().getLast().initName();
        long samples = 0;
        long ticks = 0;
        for (int i = view.kept().size() - 1; i >= 0; i--) {
            LiveSegment segment = view.kept().get(i);
            if (!segment.initName().equals(init)) {
                break;
            }
            if (!segment.isGap() && segment.samples() > 0) {
                samples += segment.samples();
                ticks += segment.endTicks() - segment.startTicks();
            }
        }
        return ticks <= 0 ? null : near((double) samples * view.track().timescale() / ticks);
    }

    private static @Nullable FrameRate near(double rate) {
        FrameRate nearest = null;
        double distance = SAME;
        for (FrameRate usual : USUAL) {
            double off = Math.abs(rate * usual.denominator() / usual.numerator() - 1);
            if (off < distance) {
                distance = off;
                nearest = usual;
            }
        }
        int thousandths = (int) Math.min(Integer.MAX_VALUE, Math.round(rate * 1000));
        return nearest != null || thousandths <= 0 ? nearest : new FrameRate(thousandths, 1000);
    }
}
