package io.millrace.delivery.webvtt;

import java.util.List;

/// Writes WebVTT: a whole file for DASH, or a segment of it for HLS (RFC 8216 §3.5), which repeats
/// the cues that reach into it with their times unchanged.
public final class WebVttWriter {
    private WebVttWriter() {}

    public static String whole(Subtitles subtitles) {
        StringBuilder out = new StringBuilder(64 + 80 * subtitles.cues().size());
        out.append("WEBVTT\n");
        body(out, subtitles, subtitles.cues(), 0);
        return out.toString();
    }

    /// The segment that covers `[fromMs, toMs)` of the text's own timeline.
    ///
    /// @param mpegTs 90 kHz time at which the media shows its time 0
    /// @param shiftMs added to every time written: where this text's time 0 lies on the timeline
    ///   that `mpegTs` is the start of
    public static String segment(
            Subtitles subtitles, long fromMs, long toMs, long shiftMs, long mpegTs) {
        List<Cue> cues = subtitles.between(fromMs, toMs);
        StringBuilder out = new StringBuilder(128 + 80 * cues.size());
        out.append("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:")
                .append(mpegTs & (1L << 33) - 1)
                .append(",LOCAL:00:00:00.000\n");
        body(out, subtitles, cues, shiftMs);
        return out.toString();
    }

    private static void body(StringBuilder out, Subtitles subtitles, List<Cue> cues, long shiftMs) {
        for (String block : subtitles.blocks()) {
            out.append('\n').append(block).append('\n');
        }
        for (Cue cue : cues) {
            out.append('\n');
            if (!cue.id().isEmpty()) {
                out.append(cue.id()).append('\n');
            }
            CueTime.append(out, cue.startMs() + shiftMs).append(" --> ");
            CueTime.append(out, cue.endMs() + shiftMs);
            if (!cue.settings().isEmpty()) {
                out.append(' ').append(cue.settings());
            }
            out.append('\n').append(cue.payload()).append('\n');
        }
    }
}
