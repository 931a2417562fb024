package io.millrace.platformapi.playback;

import org.jspecify.annotations.Nullable;

import java.util.function.Function;

/// What a thumbnail URL of Kaltura's asks of a moment (kaltura-v3 d.5), in the names that delivery
/// makes pictures by.
///
/// | key | here |
/// |---|---|
/// | `vid_sec` | the exact frame then; behind the end the last |
/// | `vid_slices` N, `vid_slice` i | the frame at i/N of the video |
/// | `vid_slices` N | a strip of N frames beside each other, `width` each: the player's seek preview |
/// | `width`, `height` | 120 × 90 when neither is said; 0 and below: by the other one |
/// | `type` | 1 inside the box, 2 black around, 3 and 4 cut, 5 (or `!` behind a side) stretched |
/// | `quality` | 1..100 |
///
/// @param name the last part of the URL
/// @param width that the picture, or one of a strip, has at least; 0: not said
record MomentPicture(String name, int width) {
    private static final int MAX_SIDE = 4096;
    private static final int MAX_CELL = 1024;
    private static final int MAX_SLICES = 400;
    private static final int DEFAULT_WIDTH = 120;
    private static final int DEFAULT_HEIGHT = 90;

    /// @param key gives a key's value, empty when it is not there
    /// @return null when no moment is asked for: the stored picture serves
    static @Nullable MomentPicture of(Function<String, String> key, long durationMs) {
        if (durationMs <= 0) {
            return null;
        }
        int slices = (int) Math.min(MAX_SLICES, number(key.apply("vid_slices"), 0));
        double seconds = number(key.apply("vid_sec"), -1);
        if (slices <= 0 && seconds < 0) {
            return null;
        }
        String asWidth = key.apply("width");
        String asHeight = key.apply("height");
        int width = side(asWidth);
        int height = side(asHeight);
        if (width <= 0 && height <= 0) {
            width = DEFAULT_WIDTH;
            height = DEFAULT_HEIGHT;
        }
        int slice = (int) number(key.apply("vid_slice"), -1);
        if (slices > 0 && slice < 0) {
            return strip(slices, width > 0 ? width : DEFAULT_WIDTH, durationMs);
        }
        long ms =
                slices > 0
                        ? durationMs * Math.min(slice, slices) / slices
                        : Math.min(durationMs, Math.round(seconds * 1000));
        boolean stretched = asWidth.endsWith("!") || asHeight.endsWith("!");
        return new MomentPicture(
                "thumb-"
                        + ms
                        + (width > 0 ? "-w" + width : "")
                        + (height > 0 ? "-h" + height : "")
                        + (width > 0 && height > 0 ? fit(stretched ? "5" : key.apply("type")) : "")
                        + quality(key.apply("quality"))
                        + "-e.jpg",
                width);
    }

    private static MomentPicture strip(int slices, int width, long durationMs) {
        int cell = Math.clamp(width, 16, MAX_CELL);
        long interval = Math.max(10, durationMs / slices);
        return new MomentPicture(
                "sprite-" + interval + "-" + slices + "x1-w" + cell + "-1.jpg", cell);
    }

    private static String fit(String type) {
        return switch (type) {
            case "2" -> "-mpad";
            case "3", "4" -> "-mcover";
            case "5" -> "-mstretch";
            default -> "";
        };
    }

    private static String quality(String text) {
        int quality = (int) number(text, 0);
        return quality >= 1 && quality <= 100 ? "-q" + quality : "";
    }

    private static int side(String text) {
        String digits = text.endsWith("!") ? text.substring(0, text.length() - 1) : text;
        return (int) Math.clamp((long) number(digits, 0), 0, MAX_SIDE);
    }

    private static double number(String text, double absent) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? Math.min(value, 1e9) : absent;
        } catch (NumberFormatException _) {
            return absent;
        }
    }
}
