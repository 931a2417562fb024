package io.millrace.delivery.webvtt;

/// Times as subtitle formats write them: `[h+:]mm:ss.mmm`, with a comma in SubRip.
final class CueTime {
    /// Hours of more digits are damage, not film.
    private static final long MAX_MS = 1000L * 3600 * 1000;

    private CueTime() {}

    /// @return milliseconds, or -1 when the text is no time
    static long parse(String text) {
        String[] parts = text.strip().split(":", -1);
        if (parts.length < 2 || parts.length > 3) {
            return -1;
        }
        int point =
                Math.max(
                        parts[parts.length - 1].indexOf('.'), parts[parts.length - 1].indexOf(','));
        String seconds = parts[parts.length - 1];
        String fraction = "0";
        if (point >= 0) {
            fraction = seconds.substring(point + 1);
            seconds = seconds.substring(0, point);
        }
        long hours = parts.length == 3 ? number(parts[0], 6) : 0;
        long minutes = number(parts[parts.length - 2], 2);
        long second = number(seconds, 2);
        long fractions = number(fraction, 9);
        if (hours < 0
                || minutes < 0
                || minutes > 59
                || second < 0
                || second > 59
                || fractions < 0) {
            return -1;
        }
        long ms = fractions;
        for (int digits = fraction.length(); digits < 3; digits++) {
            ms *= 10;
        }
        for (int digits = fraction.length(); digits > 3; digits--) {
            ms /= 10;
        }
        long time = ((hours * 60 + minutes) * 60 + second) * 1000 + ms;
        return time > MAX_MS ? -1 : time;
    }

    private static long number(String digits, int maxDigits) {
        if (digits.isEmpty() || digits.length() > maxDigits) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + c - '0';
        }
        return value;
    }

    /// Appends `hh:mm:ss.mmm`.
    static StringBuilder append(StringBuilder out, long ms) {
        long hours = ms / 3_600_000;
        if (hours < 10) {
            out.append('0');
        }
        out.append(hours).append(':');
        two(out, ms / 60_000 % 60).append(':');
        two(out, ms / 1000 % 60).append('.');
        long rest = ms % 1000;
        if (rest < 100) {
            out.append('0');
        }
        return two(out, rest);
    }

    private static StringBuilder two(StringBuilder out, long value) {
        return (value < 10 ? out.append('0') : out).append(value);
    }
}
