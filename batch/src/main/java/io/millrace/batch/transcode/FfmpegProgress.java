package io.millrace.batch.transcode;

import java.util.function.Consumer;
import java.util.function.IntConsumer;

/// Reads what `ffmpeg -progress` writes: blocks of `key=value` lines. Used by the one thread that
/// reads the child's output; {@link #frames} also after it ended.
final class FfmpegProgress implements Consumer<String> {
    private final long durationMs;
    private final IntConsumer percent;
    private final Runnable moved;
    private volatile long frames;
    private volatile long timeUs;

    /// @param percent told 0..99; the last is for who publishes
    /// @param moved told whenever a frame or time is further than before
    FfmpegProgress(long durationMs, IntConsumer percent, Runnable moved) {
        this.durationMs = durationMs;
        this.percent = percent;
        this.moved = moved;
    }

    @Override
    public void accept(String line) {
        int at = line.indexOf('=');
        if (at < 0) {
            return;
        }
        String value = line.substring(at + 1).strip();
        switch (line.substring(0, at)) {
            case "frame" -> {
                long now = number(value);
                if (now > frames) {
                    frames = now;
                    moved.run();
                }
            }
            case "out_time_us" -> {
                long now = number(value);
                if (now > timeUs) {
                    timeUs = now;
                    moved.run();
                    if (durationMs > 0) {
                        percent.accept((int) Math.clamp(now / 10 / durationMs, 0, 99));
                    }
                }
            }
            default -> {}
        }
    }

    /// Frames written so far.
    long frames() {
        return frames;
    }

    /// `N/A` until there is one.
    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
