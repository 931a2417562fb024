package io.millrace.liveingest.gate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// What of a query tells viewers apart: all that is not meant for the server or for caches, and
/// changes from request to request.
///
/// | parameter | whose |
/// |---|---|
/// | `_HLS_…` | delivery directives, RFC 8216bis §6.2.5 |
/// | `from` | where playing starts |
/// | `CMCD` | what players tell caches, CTA-5004 |
/// | `_` | makes a URL new each time |
final class OwnParameters {
    /// What is longer is kept as its hash.
    private static final int MAX_KEPT = 96;

    private OwnParameters() {}

    static boolean isDirective(String name) {
        return name.startsWith("_HLS_")
                || name.equals("from")
                || name.equals("CMCD")
                || name.equals("_");
    }

    /// As sent and in that order; empty, and made of nothing, when there are none.
    static String of(String rawQuery) {
        StringBuilder own = null;
        int start = 0;
        while (start < rawQuery.length()) {
            int end = rawQuery.indexOf('&', start);
            end = end < 0 ? rawQuery.length() : end;
            if (end > start && !isDirective(rawQuery, start, end)) {
                if (own == null) {
                    own = new StringBuilder(rawQuery.length() - start);
                } else {
                    own.append('&');
                }
                own.append(rawQuery, start, end);
            }
            start = end + 1;
        }
        return own == null ? "" : own.length() > MAX_KEPT ? hash(own) : own.toString();
    }

    private static boolean isDirective(String query, int start, int end) {
        return query.startsWith("_HLS_", start)
                || isNamed("from", query, start, end)
                || isNamed("CMCD", query, start, end)
                || isNamed("_", query, start, end);
    }

    private static boolean isNamed(String name, String query, int start, int end) {
        int after = start + name.length();
        return query.startsWith(name, start)
                && after <= end
                && (after == end || query.charAt(after) == '=');
    }

    /// No text of a query holds a `#`.
    private static String hash(CharSequence text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return '#' + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is missing from this JDK", e);
        }
    }
}
