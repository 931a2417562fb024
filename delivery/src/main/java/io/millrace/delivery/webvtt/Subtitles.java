package io.millrace.delivery.webvtt;

import java.util.ArrayList;
import java.util.List;

/// The text of one subtitle file. Immutable.
///
/// @param blocks `STYLE` and `REGION` blocks, verbatim, which each WebVTT segment repeats
/// @param cues by start
/// @param skipped cues that could not be read and were left out
public record Subtitles(List<String> blocks, List<Cue> cues, int skipped) {
    public static final Subtitles EMPTY = new Subtitles(List.of(), List.of(), 0);

    public Subtitles {
        blocks = List.copyOf(blocks);
        cues = List.copyOf(cues);
    }

    /// When the last text goes, in milliseconds.
    public long endMs() {
        long end = 0;
        for (Cue cue : cues) {
            end = Math.max(end, cue.endMs());
        }
        return end;
    }

    /// The cues of which anything is shown in `[fromMs, toMs)`, by start.
    public List<Cue> between(long fromMs, long toMs) {
        List<Cue> found = new ArrayList<>();
        for (Cue cue : cues) {
            if (cue.startMs() >= toMs) {
                break;
            }
            if (cue.overlaps(fromMs, toMs)) {
                found.add(cue);
            }
        }
        return found;
    }

    /// What is left of a stretch, on a timeline that starts at `fromMs` and runs by `rate`.
    ///
    /// @param rate of play: 2 shows all in half the time
    public Subtitles clip(long fromMs, long toMs, double rate) {
        if (fromMs <= 0 && toMs >= endMs() && rate == 1) {
            return this;
        }
        List<Cue> clipped = new ArrayList<>();
        for (Cue cue : between(fromMs, toMs)) {
            long start = Math.round((Math.max(cue.startMs(), fromMs) - fromMs) / rate);
            long end = Math.round((Math.min(cue.endMs(), toMs) - fromMs) / rate);
            if (end > start) {
                clipped.add(new Cue(cue.id(), start, end, cue.settings(), cue.payload()));
            }
        }
        return new Subtitles(blocks, clipped, skipped);
    }

    /// The same, later.
    public Subtitles shifted(long ms) {
        if (ms == 0) {
            return this;
        }
        List<Cue> moved = new ArrayList<>(cues.size());
        for (Cue cue : cues) {
            moved.add(
                    new Cue(
                            cue.id(),
                            cue.startMs() + ms,
                            cue.endMs() + ms,
                            cue.settings(),
                            cue.payload()));
        }
        return new Subtitles(blocks, moved, skipped);
    }

    /// What this weighs in a cache.
    public long estimatedBytes() {
        long bytes = 64;
        for (String block : blocks) {
            bytes += 48 + 2L * block.length();
        }
        for (Cue cue : cues) {
            bytes += cue.estimatedBytes();
        }
        return bytes;
    }
}
