package io.millrace.delivery.mapping;

import io.millrace.delivery.mapping.MediaPathException.Reason;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.packaging.UrlSet;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A path of nginx-vod's grammar, read: which files, which of their tracks, which part of them.
///
/// A `.urlset` list is split first; then each file's path is freed of its parameters, pairs of
/// segments `/{name}/{value}/` that may stand anywhere:
///
/// | name | value | for | meaning |
/// |---|---|---|---|
/// | `clipFrom`, `clipTo` | ms | all | the part that is played |
/// | `speed` | 0.5 to 2, two decimals | all | rate of play |
/// | `minBitrate`, `maxBitrate` | bits per second | all | videos outside are left out |
/// | `tracks` | `v1-a1` | the file | tracks that take part |
/// | `lang` | three letters | the file | its language |
/// | `shift` | `v100-a50-s200`, ms | the file | later by so much |
///
/// Names are read without regard to case; the first of a name wins; a value that does not look like
/// one makes the pair ordinary folders.
///
/// @param files at least one
/// @param cut range and rate
/// @param maxBitrate {@link Long#MAX_VALUE} when not said
record MediaPath(List<FilePath> files, Cut cut, long minBitrate, long maxBitrate) {
    /// One file.
    ///
    /// @param name without parameters
    /// @param sequence its 1-based position in the list
    /// @param shifts of this file alone; its range and rate are the whole path's
    record FilePath(
            String name, int sequence, TrackFilter tracks, SourceLabels labels, Cut shifts) {}

    private static final long NOT_SAID = -1;

    /// @param path decoded, without leading `/`
    /// @throws MediaPathException BAD_REQUEST
    static MediaPath parse(String path) throws MediaPathException {
        List<String> names =
                UrlSet.split(path)
                        .orElseThrow(
                                () ->
                                        bad(
                                                "The list names more than "
                                                        + UrlSet.MAX_FILES
                                                        + " files."));
        var whole = new Whole();
        List<FilePath> files = new ArrayList<>(names.size());
        for (int i = 0; i < names.size(); i++) {
            files.add(file(names.get(i), i + 1, whole));
        }
        return new MediaPath(
                List.copyOf(files), whole.cut(), whole.minBitrate(), whole.maxBitrate());
    }

    /// Names of the files alone.
    List<String> names() {
        return files.stream().map(FilePath::name).toList();
    }

    private static FilePath file(String path, int sequence, Whole whole) throws MediaPathException {
        TrackFilter tracks = null;
        String language = null;
        Cut shifts = null;
        StringBuilder name = null;
        int copied = 0;
        int at = 0;
        while (true) {
            int nameEnd = path.indexOf('/', at);
            int valueEnd = nameEnd < 0 ? -1 : path.indexOf('/', nameEnd + 1);
            if (valueEnd < 0) {
                break;
            }
            String value = path.substring(nameEnd + 1, valueEnd);
            boolean isParameter = false;
            switch (parameter(path, at, nameEnd)) {
                case "tracks" -> {
                    TrackFilter found = MediaRequestName.parseTracks(value);
                    isParameter = found != null;
                    tracks = tracks == null ? found : tracks;
                }
                case "lang" -> {
                    isParameter = isLanguage(value);
                    language =
                            language == null && isParameter
                                    ? value.toLowerCase(Locale.ROOT)
                                    : language;
                }
                case "shift" -> {
                    Cut found = shifts(value);
                    isParameter = found != null;
                    shifts = shifts == null ? found : shifts;
                }
                case "" -> {}
                case String wholes -> isParameter = whole.take(wholes, value);
            }
            if (isParameter) {
                name = name == null ? new StringBuilder(path.length()) : name;
                name.append(path, copied, at);
                at = valueEnd + 1;
                copied = at;
            } else {
                at = nameEnd + 1;
            }
        }
        return new FilePath(
                name == null ? path : name.append(path, copied, path.length()).toString(),
                sequence,
                tracks == null ? TrackFilter.ALL : tracks,
                language == null ? SourceLabels.NONE : new SourceLabels(language, "", false),
                shifts == null ? Cut.NONE : shifts);
    }

    /// The parameter that a segment names, in lower case; `""` for none. Most segments are none, so
    /// no text is made of them.
    private static String parameter(String path, int from, int to) {
        for (String known :
                switch (to - from) {
                    case 4 -> List.of("lang");
                    case 5 -> List.of("shift", "speed");
                    case 6 -> List.of("clipto", "tracks");
                    case 8 -> List.of("clipfrom");
                    case 10 -> List.of("minbitrate", "maxbitrate");
                    default -> List.<String>of();
                }) {
            if (path.regionMatches(true, from, known, 0, to - from)) {
                return known;
            }
        }
        return "";
    }

    private static boolean isLanguage(String value) {
        return value.length() == 3
                && value.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z');
    }

    /// `v100-a50-s200`, dashes optional; null when it is none.
    private static @Nullable Cut shifts(String value) {
        int[] shifts = new int[3];
        int at = 0;
        while (at < value.length()) {
            int kind = "vas".indexOf(value.charAt(at));
            int end = at + 1;
            while (end < value.length() && Character.digit(value.charAt(end), 10) >= 0) {
                end++;
            }
            if (kind < 0 || end == at + 1 || end - at > 9) {
                return null;
            }
            shifts[kind] = Integer.parseInt(value, at + 1, end, 10);
            at = end < value.length() && value.charAt(end) == '-' ? end + 1 : end;
        }
        return value.isEmpty() ? null : Cut.NONE.withShifts(shifts[0], shifts[1], shifts[2]);
    }

    private static MediaPathException bad(String message) {
        return new MediaPathException(Reason.BAD_REQUEST, message);
    }

    /// Parameters of the whole presentation, wherever they stand.
    private static final class Whole {
        private long clipFrom = NOT_SAID;
        private long clipTo = NOT_SAID;
        private long minBitrate = NOT_SAID;
        private long maxBitrate = NOT_SAID;
        private int ratePercent;

        /// @return whether the value looks like one
        boolean take(String name, String value) throws MediaPathException {
            if (name.equals("speed")) {
                return rate(value);
            }
            long number = number(value);
            if (number < 0) {
                return false;
            }
            switch (name) {
                case "clipfrom" -> clipFrom = clipFrom == NOT_SAID ? number : clipFrom;
                case "clipto" -> clipTo = clipTo == NOT_SAID ? number : clipTo;
                case "minbitrate" -> minBitrate = minBitrate == NOT_SAID ? number : minBitrate;
                case "maxbitrate" -> maxBitrate = maxBitrate == NOT_SAID ? number : maxBitrate;
                default -> throw new IllegalArgumentException("name: " + name);
            }
            return true;
        }

        private boolean rate(String value) throws MediaPathException {
            int percent = percent(value);
            if (percent < 0) {
                return false;
            }
            if (percent < Cut.MIN_RATE_PERCENT || percent > Cut.MAX_RATE_PERCENT) {
                throw bad("speed/" + value + ": expected 0.5 to 2.");
            }
            ratePercent = ratePercent == 0 ? percent : ratePercent;
            return true;
        }

        Cut cut() throws MediaPathException {
            long from = Math.max(0, clipFrom);
            long to = clipTo == NOT_SAID ? Cut.TO_THE_END : clipTo;
            if (from >= to) {
                throw bad("clipFrom/" + from + " is not before clipTo/" + to + ".");
            }
            return Cut.range(from, to).withRate(ratePercent == 0 ? 100 : ratePercent);
        }

        long minBitrate() {
            return Math.max(0, minBitrate);
        }

        long maxBitrate() {
            return maxBitrate == NOT_SAID ? Long.MAX_VALUE : maxBitrate;
        }

        /// -1 when it is none.
        private static long number(String value) {
            if (value.isEmpty() || value.length() > 15) {
                return -1;
            }
            long number = 0;
            for (int i = 0; i < value.length(); i++) {
                int digit = value.charAt(i) - '0';
                if (digit < 0 || digit > 9) {
                    return -1;
                }
                number = 10 * number + digit;
            }
            return number;
        }
    }

    /// Hundredths of `1.5`, digits past the second left out; -1 when it is no number.
    static int percent(String value) {
        int dot = value.indexOf('.');
        String whole = dot < 0 ? value : value.substring(0, dot);
        String rest = dot < 0 ? "" : value.substring(dot + 1);
        long wholes = Whole.number(whole);
        if (wholes < 0 || wholes > 1000 || dot >= 0 && Whole.number(rest) < 0) {
            return -1;
        }
        return (int) (100 * wholes + Whole.number((rest + "00").substring(0, 2)));
    }
}
