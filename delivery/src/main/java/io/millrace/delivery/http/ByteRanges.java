package io.millrace.delivery.http;

import java.util.ArrayList;
import java.util.List;

/// A `Range` header against a body's length, RFC 9110 §14.
sealed interface ByteRanges {
    /// Send the whole: no range, another unit, or more ranges than it pays to serve.
    record Whole() implements ByteRanges {}

    /// Send these, in the order asked, each within the body.
    record Satisfiable(List<Range> ranges) implements ByteRanges {}

    /// Answer 416; `reason` is for its sender.
    record Unsatisfiable(String reason) implements ByteRanges {}

    /// Offset and length in bytes.
    record Range(long offset, long length) {
        long last() {
            return offset + length - 1;
        }
    }

    Whole WHOLE = new Whole();

    /// A range set that is broken is refused with 416 (RFC 9110 §15.5.17 allows it) and not
    /// ignored: a client that asks wrongly should read so instead of getting gigabytes. Other units
    /// are ignored, as §14.2 asks.
    ///
    /// @param header the field's value
    /// @param maxRanges more give the whole, as do ranges that add up to more than it
    static ByteRanges parse(String header, long sizeBytes, int maxRanges) {
        int equals = header.indexOf('=');
        if (equals < 0) {
            return new Unsatisfiable("no '=' (expected: bytes=first-last)");
        }
        if (!header.substring(0, equals).trim().equalsIgnoreCase("bytes")) {
            return WHOLE;
        }
        var ranges = new ArrayList<Range>(1);
        long total = 0;
        int count = 0;
        int start = equals + 1;
        while (start <= header.length()) {
            int comma = header.indexOf(',', start);
            int end = comma < 0 ? header.length() : comma;
            String spec = header.substring(start, end).trim();
            start = end + 1;
            if (spec.isEmpty()) {
                continue;
            }
            if (++count > maxRanges) {
                return WHOLE;
            }
            int dash = spec.indexOf('-');
            long first = dash < 0 ? BROKEN : number(spec.substring(0, dash));
            long last = dash < 0 ? BROKEN : number(spec.substring(dash + 1));
            if (first == BROKEN || last == BROKEN || (first == ABSENT && last == ABSENT)) {
                return new Unsatisfiable(
                        "'" + clip(spec) + "' (expected: first-last, first- or -count)");
            }
            if (first != ABSENT && last != ABSENT && last < first) {
                return new Unsatisfiable("'" + clip(spec) + "' ends before it starts");
            }
            Range range = within(first, last, sizeBytes);
            if (range.length() > 0) {
                ranges.add(range);
                total += range.length();
            }
        }
        if (count == 0) {
            return new Unsatisfiable("no range (expected: bytes=first-last)");
        }
        if (ranges.isEmpty()) {
            return new Unsatisfiable("beyond the end of " + sizeBytes + " bytes");
        }
        return ranges.size() > 1 && total > sizeBytes
                ? WHOLE
                : new Satisfiable(List.copyOf(ranges));
    }

    private static Range within(long first, long last, long size) {
        if (first == ABSENT) {
            long length = Math.min(last, size);
            return new Range(size - length, length);
        }
        if (first >= size) {
            return new Range(0, 0);
        }
        return new Range(first, (last == ABSENT ? size - 1 : Math.min(last, size - 1)) - first + 1);
    }

    private static String clip(String spec) {
        var clean = new StringBuilder();
        for (int i = 0; i < Math.min(40, spec.length()); i++) {
            char c = spec.charAt(i);
            clean.append(c < ' ' || c > '~' ? '?' : c);
        }
        return clean.toString();
    }

    long ABSENT = -1;
    long BROKEN = -2;

    /// Digits only; huge numbers count as the largest.
    private static long number(String text) {
        String digits = text.trim();
        if (digits.isEmpty()) {
            return ABSENT;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return BROKEN;
            }
            value = value > (Long.MAX_VALUE - 9) / 10 ? Long.MAX_VALUE : value * 10 + (c - '0');
        }
        return value;
    }
}
