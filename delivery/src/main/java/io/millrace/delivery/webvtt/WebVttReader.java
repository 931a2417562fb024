package io.millrace.delivery.webvtt;

import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// WebVTT, <https://www.w3.org/TR/webvtt1/> §4 and §6.1:
///
///     WEBVTT [text]
///     [header lines, among them X-TIMESTAMP-MAP of HLS segments]
///
///     STYLE | REGION | NOTE        blocks
///
///     [identifier]
///     00:01.000 --> 00:02.500 [settings]
///     payload lines
///
/// Blocks are apart by empty lines. A block with a broken time line is skipped and counted, as
/// browsers skip it.
final class WebVttReader {
    private static final String ARROW = "-->";

    private WebVttReader() {}

    /// @param text with `\n` line ends
    static boolean isWebVtt(String text) {
        return text.startsWith("WEBVTT") && (text.length() == 6 || text.charAt(6) <= ' ');
    }

    static Subtitles read(String text) throws UnsupportedMediaException {
        String[] lines = text.split("\n", -1);
        List<String> blocks = new ArrayList<>();
        List<Cue> cues = new ArrayList<>();
        int skipped = 0;
        int at = 1;
        // The header ends at the first empty line; a time line ends it, too.
        while (at < lines.length && !lines[at].isBlank() && !lines[at].contains(ARROW)) {
            at++;
        }
        while (at < lines.length) {
            if (lines[at].isBlank()) {
                at++;
                continue;
            }
            int end = at + 1;
            boolean timed = lines[at].contains(ARROW);
            while (end < lines.length && !lines[end].isBlank()) {
                if (lines[end].contains(ARROW)) {
                    if (timed || end != at + 1) {
                        break; // an empty line was forgotten
                    }
                    timed = true;
                }
                end++;
            }
            if (timed) {
                boolean named = !lines[at].contains(ARROW);
                int timeLine = named ? at + 1 : at;
                Cue cue =
                        cue(
                                named ? lines[at].strip() : "",
                                lines[timeLine],
                                lines,
                                timeLine + 1,
                                end);
                if (cue == null) {
                    skipped++;
                } else {
                    cues.add(cue);
                    SubtitleReader.checkCount(cues.size());
                }
            } else if (cues.isEmpty() && isKept(lines[at])) {
                blocks.add(String.join("\n", Arrays.asList(lines).subList(at, end)));
            } else if (!isNote(lines[at]) && !isKept(lines[at])) {
                skipped++;
            }
            at = end;
        }
        cues.sort(Comparator.comparingLong(Cue::startMs));
        return new Subtitles(blocks, cues, skipped);
    }

    private static boolean isKept(String line) {
        String word = line.strip();
        return word.equals("STYLE") || word.equals("REGION");
    }

    private static boolean isNote(String line) {
        return line.equals("NOTE") || line.startsWith("NOTE ") || line.startsWith("NOTE\t");
    }

    private static @Nullable Cue cue(String id, String timeLine, String[] lines, int from, int to) {
        int arrow = timeLine.indexOf(ARROW);
        String after = timeLine.substring(arrow + ARROW.length()).strip();
        int space = 0;
        while (space < after.length() && after.charAt(space) > ' ') {
            space++;
        }
        long start = CueTime.parse(timeLine.substring(0, arrow));
        long end = CueTime.parse(after.substring(0, space));
        if (start < 0 || end <= start) {
            return null;
        }
        return new Cue(
                id,
                start,
                end,
                after.substring(space).strip(),
                String.join("\n", Arrays.asList(lines).subList(from, to)));
    }
}
