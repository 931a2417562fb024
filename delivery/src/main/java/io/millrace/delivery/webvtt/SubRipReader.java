package io.millrace.delivery.webvtt;

import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// SubRip (`.srt`), which has no specification:
///
///     12
///     00:01:02,500 --> 00:01:04,000
///     Text, with <i>some</i> <font color="red">tags</font>
///
/// The number, and what else stands between two texts, is ignored; a time line starts a cue. `b`,
/// `i` and `u` become WebVTT's own; `font` and unknown tags are dropped and their text stays;
/// `{\an8}` (place the text, from SubStation) becomes a setting; what would be a tag or an escape in
/// WebVTT is escaped.
final class SubRipReader {
    private static final String ARROW = "-->";
    private static final Pattern MARKUP =
            Pattern.compile("\\{\\\\[^}]{0,64}\\}|</?([A-Za-z]{1,10})(?:\\s[^<>]{0,200})?>|[&<>]");
    private static final Pattern PLACE = Pattern.compile("\\{\\\\an([1-9])\\}");

    private SubRipReader() {}

    /// @param text with `\n` line ends
    static Subtitles read(String text) throws UnsupportedMediaException {
        String[] lines = text.split("\n", -1);
        List<Cue> cues = new ArrayList<>();
        int skipped = 0;
        int at = 0;
        while (at < lines.length) {
            if (lines[at].isBlank()) {
                at++;
                continue;
            }
            int timeLine = at;
            while (timeLine < lines.length
                    && !lines[timeLine].isBlank()
                    && !lines[timeLine].contains(ARROW)) {
                timeLine++;
            }
            if (timeLine == lines.length || lines[timeLine].isBlank()) {
                // A counter alone is what some editors leave of an empty cue.
                if (timeLine - at > 1 || !isNumber(lines[at])) {
                    skipped++;
                }
                at = timeLine;
                continue;
            }
            int end = timeLine + 1;
            while (end < lines.length && !lines[end].isBlank() && !lines[end].contains(ARROW)) {
                end++;
            }
            if (end < lines.length && lines[end].contains(ARROW) && isNumber(lines[end - 1])) {
                end--; // an empty line was forgotten
            }
            Cue cue = cue(lines[timeLine], Arrays.asList(lines).subList(timeLine + 1, end));
            if (cue == null) {
                skipped++;
            } else if (!cue.payload().isBlank()) {
                cues.add(cue);
                SubtitleReader.checkCount(cues.size());
            }
            at = end;
        }
        cues.sort(Comparator.comparingLong(Cue::startMs));
        return new Subtitles(List.of(), cues, skipped);
    }

    private static boolean isNumber(String line) {
        String text = line.strip();
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static @Nullable Cue cue(String timeLine, List<String> text) {
        int arrow = timeLine.indexOf(ARROW);
        String after = timeLine.substring(arrow + ARROW.length()).strip();
        int space = 0;
        // Behind the end some files have coordinates (X1:…), which no player heeds.
        while (space < after.length() && after.charAt(space) > ' ') {
            space++;
        }
        long start = CueTime.parse(timeLine.substring(0, arrow));
        long end = CueTime.parse(after.substring(0, space));
        if (start < 0 || end <= start) {
            return null;
        }
        String joined = String.join("\n", text);
        return new Cue("", start, end, settings(joined), payload(joined));
    }

    private static String settings(String text) {
        Matcher place = PLACE.matcher(text);
        if (!place.find()) {
            return "";
        }
        int number = place.group(1).charAt(0) - '0';
        String align = number % 3 == 1 ? "align:start" : number % 3 == 0 ? "align:end" : "";
        String line = number > 6 ? "line:0" : number > 3 ? "line:50%" : "";
        return (line + ' ' + align).strip();
    }

    private static String payload(String text) {
        Matcher found = MARKUP.matcher(text);
        StringBuilder out = new StringBuilder(text.length());
        while (found.find()) {
            String markup = found.group();
            String name = found.group(1);
            String put;
            if (name != null) {
                String lower = name.toLowerCase(Locale.ROOT);
                boolean known = lower.equals("b") || lower.equals("i") || lower.equals("u");
                put = known ? (markup.charAt(1) == '/' ? "</" : "<") + lower + '>' : "";
            } else {
                put =
                        switch (markup.charAt(0)) {
                            case '&' -> "&amp;";
                            case '<' -> "&lt;";
                            case '>' -> "&gt;";
                            default -> "";
                        };
            }
            found.appendReplacement(out, Matcher.quoteReplacement(put));
        }
        return found.appendTail(out).toString();
    }
}
