package io.millrace.batch.transcode;

import org.jspecify.annotations.Nullable;

/// What to make of a source. Enums and integers only: nothing that a publisher writes becomes an
/// option text.
///
/// @param video null: no picture
/// @param audio null: no sound
/// @param gopSeconds between key frames; the same in all renditions of a source
public record Rendition(@Nullable Video video, @Nullable Audio audio, int gopSeconds) {
    public static final int DEFAULT_GOP_SECONDS = 2;

    public Rendition {
        if (video == null && audio == null) {
            throw new IllegalArgumentException("rendition: neither picture nor sound");
        }
        check("gopSeconds", gopSeconds, 1, 60);
    }

    /// @param width even
    /// @param height even
    /// @param bitrateKbps at most, over two seconds
    /// @param maxFrameRate a source with more frames per second loses some; others keep each
    public record Video(int width, int height, int bitrateKbps, int maxFrameRate) {
        public Video {
            check("width", width, 2, 8192);
            check("height", height, 2, 8192);
            if (width % 2 != 0 || height % 2 != 0) {
                throw new IllegalArgumentException(
                        "size: " + width + "x" + height + " (expected: even)");
            }
            check("bitrateKbps", bitrateKbps, 16, 200_000);
            check("maxFrameRate", maxFrameRate, 1, 240);
        }
    }

    /// @param channels 1 or 2; more in the source are mixed down
    public record Audio(int bitrateKbps, int channels, int sampleRate) {
        public Audio {
            check("audio bitrateKbps", bitrateKbps, 8, 512);
            check("channels", channels, 1, 2);
            if (sampleRate != 44_100 && sampleRate != 48_000 && sampleRate != 32_000) {
                throw new IllegalArgumentException(
                        "sampleRate: " + sampleRate + " (expected: 32000, 44100 or 48000)");
            }
        }
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}
