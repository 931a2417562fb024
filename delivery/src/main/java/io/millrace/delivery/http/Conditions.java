package io.millrace.delivery.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Conditional requests, RFC 9110 §13.
final class Conditions {
    private Conditions() {}

    /// @return 200 to go on, 304 or 412
    static int evaluate(
            HttpHeaders request, @Nullable String etag, @Nullable Instant lastModified) {
        String ifMatch = request.get(HttpHeaderNames.IF_MATCH);
        if (ifMatch != null) {
            if (!ifMatch.trim().equals("*") && !matches(ifMatch, etag, true)) {
                return 412;
            }
        } else if (lastModified != null) {
            Instant since = date(request.get(HttpHeaderNames.IF_UNMODIFIED_SINCE));
            if (since != null && lastModified.truncatedTo(ChronoUnit.SECONDS).isAfter(since)) {
                return 412;
            }
        }
        String ifNoneMatch = request.get(HttpHeaderNames.IF_NONE_MATCH);
        if (ifNoneMatch != null) {
            return ifNoneMatch.trim().equals("*") || matches(ifNoneMatch, etag, false) ? 304 : 200;
        }
        if (lastModified != null) {
            Instant since = date(request.get(HttpHeaderNames.IF_MODIFIED_SINCE));
            if (since != null && !lastModified.truncatedTo(ChronoUnit.SECONDS).isAfter(since)) {
                return 304;
            }
        }
        return 200;
    }

    static boolean ifRangeHolds(
            HttpHeaders request, @Nullable String etag, @Nullable Instant lastModified) {
        String ifRange = request.get(HttpHeaderNames.IF_RANGE);
        if (ifRange == null) {
            return true;
        }
        String value = ifRange.trim();
        if (value.startsWith("\"")) {
            return value.equals(etag);
        }
        Instant date = date(value);
        return date != null
                && lastModified != null
                && lastModified.truncatedTo(ChronoUnit.SECONDS).equals(date);
    }

    private static @Nullable Instant date(@Nullable String value) {
        return value == null ? null : HttpDates.parse(value.trim());
    }

    /// Whether a list of tags names ours, as the plain or the compressed representation.
    static boolean matches(String list, @Nullable String etag, boolean strong) {
        if (etag == null) {
            return false;
        }
        String bare = etag.substring(1, etag.length() - 1);
        int at = 0;
        while (at < list.length()) {
            int open = list.indexOf('"', at);
            int close = open < 0 ? -1 : list.indexOf('"', open + 1);
            if (close < 0) {
                return false;
            }
            boolean weak = open >= 2 && list.startsWith("W/", open - 2);
            String tag = list.substring(open + 1, close);
            if ((!weak || !strong) && (tag.equals(bare) || tag.equals(bare + "-gz"))) {
                return true;
            }
            at = close + 1;
        }
        return false;
    }
}
