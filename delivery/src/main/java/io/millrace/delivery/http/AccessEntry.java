package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.regex.Pattern;

/// One request that is over, as the access log wants it. Immutable; masked only when written.
///
/// @param timeMs when it was over
/// @param address the client's
/// @param status 0 when the client left before its reply was whole
/// @param bytes of the reply's body
/// @param cached whether the body was made for an earlier request
record AccessEntry(
        long timeMs,
        String listener,
        InetAddress address,
        String method,
        String rawPath,
        String rawQuery,
        RequestHead.Protocol protocol,
        int status,
        long bytes,
        long durationNs,
        @Nullable String referer,
        @Nullable String agent,
        @Nullable String requestId,
        boolean cached) {
    private static final Pattern PATH_SESSION = Pattern.compile("(?i)(/ks/)[^/]+");

    private static final Pattern SECRET_PARAMETER =
            Pattern.compile(
                    "(?i)(^|&)((?:[^=&]*:)?(?:ks|secret|adminsecret|usersecret|password|token|key|signature))=[^&]*");

    /// What logs of other servers call a client that left.
    private static final int CLIENT_LEFT = 499;

    int shownStatus() {
        return status == 0 ? CLIENT_LEFT : status;
    }

    String maskedPath() {
        return maskPath(rawPath);
    }

    String maskedQuery() {
        return rawQuery.isEmpty() ? "" : SECRET_PARAMETER.matcher(rawQuery).replaceAll("$1$2=*");
    }

    /// A page's address may carry what our own paths do.
    String maskedReferer() {
        if (referer == null) {
            return "";
        }
        int question = referer.indexOf('?');
        String path = maskPath(question < 0 ? referer : referer.substring(0, question));
        return question < 0
                ? path
                : path
                        + '?'
                        + SECRET_PARAMETER
                                .matcher(referer.substring(question + 1))
                                .replaceAll("$1$2=*");
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
}
