package io.millrace.delivery.http;

import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Dates as RFC 9110 §5.6.7 writes them.
final class HttpDates {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private static final List<DateTimeFormatter> ACCEPTED =
            List.of(
                    DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH),
                    obsolete(),
                    DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH));

    private record Second(long epochSecond, String text, AsciiString ascii) {}

    private static volatile Second now = new Second(Long.MIN_VALUE, "", AsciiString.EMPTY_STRING);

    private HttpDates() {}

    /// Formats of late: the same few files are asked for again and again.
    private static final AtomicReferenceArray<@Nullable Formatted> FORMATTED =
            new AtomicReferenceArray<>(256);

    private record Formatted(long epochSecond, String text) {}

    static String format(Instant time) {
        long second = time.getEpochSecond();
        int slot = Long.hashCode(second * 0x9E3779B97F4A7C15L) >>> 24;
        Formatted known = FORMATTED.get(slot);
        if (known == null || known.epochSecond != second) {
            known = new Formatted(second, FORMAT.format(time));
            FORMATTED.set(slot, known);
        }
        return known.text;
    }

    /// The current second, formatted once.
    static String now() {
        return second().text;
    }

    /// The same for HTTP/2.
    static AsciiString nowAscii() {
        return second().ascii;
    }

    private static Second second() {
        long second = System.currentTimeMillis() / 1000;
        Second cached = now;
        if (cached.epochSecond != second) {
            String text = format(Instant.ofEpochSecond(second));
            cached = new Second(second, text, new AsciiString(text));
            now = cached;
        }
        return cached;
    }

    /// Any of the three forms that a recipient must take. Null when it is no date: a condition on
    /// it is ignored then.
    static @Nullable Instant parse(String text) {
        for (DateTimeFormatter form : ACCEPTED) {
            try {
                return LocalDateTime.parse(text, form).toInstant(ZoneOffset.UTC);
            } catch (DateTimeException _) {
                // Perhaps the next.
            }
        }
        return null;
    }

    /// Two digits of a year are the past's unless that is more than 50 years ago, §5.6.7.
    private static DateTimeFormatter obsolete() {
        return new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(
                        ChronoField.YEAR, 2, 2, LocalDate.now(ZoneOffset.UTC).minusYears(49))
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.ENGLISH);
    }
}
