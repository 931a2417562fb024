package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/// One line per request to the logger `access`, in Apache's combined format and then the duration
/// in milliseconds, the request's id and the listener. Signatures and secrets are masked. The
/// logger should be asynchronous: lines are made on event loops.
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger("access");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);
    private static final Pattern PATH_SESSION = Pattern.compile("(?i)(/ks/)[^/]+");

    private static final Pattern SECRET_PARAMETER =
            Pattern.compile(
                    "(?i)(^|&)((?:[^=&]*:)?(?:ks|secret|adminsecret|usersecret|password|token|key|signature))=[^&]*");

    private AccessLog() {}

    static boolean isOn() {
        return LOG.isInfoEnabled();
    }

    static void log(
            String listener,
            String remote,
            String method,
            String rawPath,
            String rawQuery,
            String version,
            int status,
            long bodyBytes,
            long durationNs,
            @Nullable String referer,
            @Nullable String userAgent,
            @Nullable String requestId) {
        var line = new StringBuilder(256);
        line.append(remote).append(" - - [").append(TIME.format(Instant.now())).append("] \"");
        quote(line, method);
        line.append(' ');
        quote(line, maskPath(rawPath));
        if (!rawQuery.isEmpty()) {
            line.append('?');
            quote(line, SECRET_PARAMETER.matcher(rawQuery).replaceAll("$1$2=*"));
        }
        line.append(' ').append(version).append("\" ");
        line.append(status == 0 ? "499" : Integer.toString(status)).append(' ').append(bodyBytes);
        line.append(" \"");
        quote(line, referer == null ? "-" : referer);
        line.append("\" \"");
        quote(line, userAgent == null ? "-" : userAgent);
        line.append("\" ").append(durationNs / 1_000_000).append('.');
        long tenthsUs = durationNs / 1000 % 1000;
        line.append((char) ('0' + tenthsUs / 100))
                .append((char) ('0' + tenthsUs / 10 % 10))
                .append((char) ('0' + tenthsUs % 10));
        line.append(' ').append(requestId == null ? "-" : requestId).append(' ').append(listener);
        LOG.info(line.toString());
    }

    /// The path without its signature (`/s/{token}/` below `/vod/…`, `/file`, `/live`) and without
    /// a session token (`/ks/{ks}`, in the API and in playback URLs).
    static String maskPath(String rawPath) {
        String path =
                rawPath.contains("/ks/") || rawPath.contains("/KS/")
                        ? PATH_SESSION.matcher(rawPath).replaceAll("$1*")
                        : rawPath;
        int at = path.indexOf("/s/");
        if (at < 0) {
            return path;
        }
        int end = path.indexOf('/', at + 3);
        String token = path.substring(at + 3, end < 0 ? path.length() : end);
        return token.indexOf('.') < 0
                ? path
                : path.substring(0, at + 3) + '*' + (end < 0 ? "" : path.substring(end));
    }

    private static void quote(StringBuilder line, String text) {
        int length = Math.min(text.length(), 2048);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7F) {
                line.append("\\x")
                        .append(Character.forDigit(c >> 4 & 15, 16))
                        .append(Character.forDigit(c & 15, 16));
            } else {
                if (c == '"' || c == '\\') {
                    line.append('\\');
                }
                line.append(c);
            }
        }
    }
}
