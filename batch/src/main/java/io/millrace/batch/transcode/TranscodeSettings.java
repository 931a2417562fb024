package io.millrace.batch.transcode;

/// How much effort a conversion takes.
///
/// @param threads of ffmpeg's decoder and of its encoder
public record TranscodeSettings(Preset preset, int threads) {
    public static final TranscodeSettings DEFAULT = new TranscodeSettings(Preset.VERYFAST, 2);

    /// x264's, from the fastest to the best.
    public enum Preset {
        ULTRAFAST,
        SUPERFAST,
        VERYFAST,
        FASTER,
        FAST,
        MEDIUM,
        SLOW,
        SLOWER,
        VERYSLOW
    }

    public TranscodeSettings {
        if (threads < 1 || threads > 64) {
            throw new IllegalArgumentException("threads: " + threads + " (expected: 1..64)");
        }
    }

    String presetName() {
        return preset.name().toLowerCase(java.util.Locale.ROOT);
    }
}
