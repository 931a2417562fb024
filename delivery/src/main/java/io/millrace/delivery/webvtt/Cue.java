package io.millrace.delivery.webvtt;

/// One text and when it is shown.
///
/// @param id of the cue, empty when it has none; no line break
/// @param startMs on the file's own timeline
/// @param endMs after `startMs`
/// @param settings WebVTT cue settings (`line:0 align:start`), empty for none
/// @param payload WebVTT cue text: tags and escapes as WebVTT has them, lines apart by `\n`, no
///   empty line
public record Cue(String id, long startMs, long endMs, String settings, String payload) {
    public Cue {
        if (startMs < 0 || endMs <= startMs) {
            throw new IllegalArgumentException(
                    "cue: " + startMs + ".." + endMs + " ms (expected: 0 <= start < end)");
        }
    }

    /// Whether any of it is shown in `[fromMs, toMs)`.
    public boolean overlaps(long fromMs, long toMs) {
        return startMs < toMs && endMs > fromMs;
    }

    long estimatedBytes() {
        return 96 + 2L * (id.length() + settings.length() + payload.length());
    }
}
