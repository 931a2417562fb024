package io.millrace.delivery.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/// How an access log's lines look; fields keep their places and names.
public enum AccessLogFormat {
    /// Apache's combined format, and behind it: milliseconds, request id, cache (`hit` or `-`),
    /// protocol is in the request line, listener.
    COMBINED,

    /// W3C extended log file format; its `#Fields` line names the fields.
    W3C,

    /// One JSON object a line.
    JSON;

    private static final DateTimeFormatter COMBINED_TIME =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter W3C_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter JSON_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);
    private static final int MAX_TEXT = 2048;

    /// What a new file begins with; lines, or nothing.
    String start() {
        return this == W3C
                ? """
                #Version: 1.0
                #Software: Millrace
                #Fields: date time c-ip cs-method cs-uri-stem cs-uri-query cs-version sc-status sc-bytes time-taken cs(Referer) cs(User-Agent) x-request-id x-cache s-listener
                """
                : "";
    }

    /// What a finished file ends with.
    ///
    /// @param lines before this one
    /// @param bytes before this line
    /// @param crc CRC-32C of those bytes
    String trailer(long lines, long bytes, long crc) {
        return this == JSON
                ? "{\"end\":{\"lines\":%d,\"bytes\":%d,\"crc32c\":\"%08x\"}}\n"
                        .formatted(lines, bytes, crc)
                : "#End: lines=%d bytes=%d crc32c=%08x\n".formatted(lines, bytes, crc);
    }

    /// Whether a line is a {@link #trailer}, of any format.
    static boolean isTrailer(String line) {
        return line.startsWith("#End: ") || line.startsWith("{\"end\":{");
    }

    /// Appends one line.
    void write(StringBuilder out, AccessEntry entry, boolean maskAddress) {
        String address = address(entry.address(), maskAddress);
        switch (this) {
            case COMBINED -> combined(out, entry, address);
            case W3C -> w3c(out, entry, address);
            case JSON -> json(out, entry, address);
        }
        out.append('\n');
    }

    /// Of IPv4 the first 24 bits, of IPv6 the first 48, as nothing more is needed to count.
    private static String address(InetAddress address, boolean mask) {
        if (!mask) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, bytes.length == 4 ? 3 : 6, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static void combined(StringBuilder out, AccessEntry entry, String address) {
        out.append(address).append(" - - [");
        COMBINED_TIME.formatTo(Instant.ofEpochMilli(entry.timeMs()), out);
        out.append("] \"");
        escaped(out, entry.method(), false);
        out.append(' ');
        escaped(out, entry.maskedPath(), false);
        if (!entry.rawQuery().isEmpty()) {
            out.append('?');
            escaped(out, entry.maskedQuery(), false);
        }
        out.append(' ').append(entry.protocol().text()).append("\" ");
        out.append(entry.shownStatus()).append(' ').append(entry.bytes()).append(" \"");
        escaped(out, orDash(entry.maskedReferer()), false);
        out.append("\" \"");
        escaped(out, orDash(entry.agent() == null ? "" : entry.agent()), false);
        out.append("\" ");
        milliseconds(out, entry.durationNs());
        out.append(' ').append(orDash(entry.requestId() == null ? "" : entry.requestId()));
        out.append(entry.cached() ? " hit " : " - ").append(entry.listener());
    }

    private static void w3c(StringBuilder out, AccessEntry entry, String address) {
        W3C_TIME.formatTo(Instant.ofEpochMilli(entry.timeMs()), out);
        out.append(' ').append(address);
        field(out, entry.method());
        field(out, entry.maskedPath());
        field(out, entry.maskedQuery());
        field(out, entry.protocol().text());
        out.append(' ').append(entry.shownStatus()).append(' ').append(entry.bytes()).append(' ');
        // In seconds, as the format has it.
        long us = entry.durationNs() / 1000;
        out.append(us / 1_000_000).append('.');
        digits(out, us % 1_000_000, 6);
        field(out, entry.maskedReferer());
        field(out, entry.agent() == null ? "" : entry.agent());
        field(out, entry.requestId() == null ? "" : entry.requestId());
        field(out, entry.cached() ? "hit" : "");
        field(out, entry.listener());
    }

    private static void json(StringBuilder out, AccessEntry entry, String address) {
        out.append("{\"time\":\"");
        JSON_TIME.formatTo(Instant.ofEpochMilli(entry.timeMs()), out);
        out.append('"');
        member(out, "address", address);
        member(out, "method", entry.method());
        member(out, "path", entry.maskedPath());
        member(out, "query", entry.maskedQuery());
        member(out, "protocol", entry.protocol().text());
        out.append(",\"status\":").append(entry.shownStatus());
        out.append(",\"bytes\":").append(entry.bytes());
        out.append(",\"duration_ms\":");
        milliseconds(out, entry.durationNs());
        member(out, "referer", entry.maskedReferer());
        member(out, "agent", entry.agent() == null ? "" : entry.agent());
        member(out, "request_id", entry.requestId() == null ? "" : entry.requestId());
        member(out, "cache", entry.cached() ? "hit" : "");
        member(out, "listener", entry.listener());
        out.append('}');
    }

    private static void milliseconds(StringBuilder out, long ns) {
        long us = ns / 1000;
        out.append(us / 1000).append('.');
        digits(out, us % 1000, 3);
    }

    private static void digits(StringBuilder out, long value, int count) {
        long unit = 1;
        for (int i = 1; i < count; i++) {
            unit *= 10;
        }
        for (long left = value; unit > 0; unit /= 10) {
            out.append((char) ('0' + left / unit % 10));
        }
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    /// A field between blanks: none within.
    private static void field(StringBuilder out, String text) {
        out.append(' ');
        int start = out.length();
        escaped(out, orDash(text), false);
        for (int i = start; i < out.length(); i++) {
            if (out.charAt(i) == ' ') {
                out.setCharAt(i, '+');
            }
        }
    }

    private static void member(StringBuilder out, String name, String text) {
        out.append(",\"").append(name).append("\":\"");
        escaped(out, text, true);
        out.append('"');
    }

    /// What would end the quotes or the line is escaped, and everything that is not ASCII.
    private static void escaped(StringBuilder out, String text, boolean json) {
        int length = Math.min(text.length(), MAX_TEXT);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7F) {
                out.append(json ? "\\u" : "\\x");
                if (json) {
                    hex(out, c >> 8);
                }
                hex(out, c);
            } else {
                if (c == '"' || c == '\\') {
                    out.append('\\');
                }
                out.append(c);
            }
        }
    }

    private static void hex(StringBuilder out, int value) {
        out.append(Character.forDigit(value >> 4 & 15, 16))
                .append(Character.forDigit(value & 15, 16));
    }
}
