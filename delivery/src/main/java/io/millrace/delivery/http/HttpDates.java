package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Dates as RFC 9110 §5.6.7 writes them.
final class HttpDates {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private record Second(long epochSecond, String text) {}

    private static volatile Second now = new Second(Long.MIN_VALUE, "");

    private HttpDates() {}

    static String format(Instant time) {
        return FORMAT.format(time);
    }

    /// The current second, formatted once.
    static String now() {
        long second = System.currentTimeMillis() / 1000;
        Second cached = now;
        if (cached.epochSecond != second) {
            cached = new Second(second, format(Instant.ofEpochSecond(second)));
            now = cached;
        }
        return cached.text;
    }

    /// Null when it is no date: a condition on it is ignored then.
    static @Nullable Instant parse(String text) {
        try {
            return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
        } catch (DateTimeException _) {
            return null;
        }
    }
}
