package io.millrace.delivery.mapping;

import java.nio.charset.StandardCharsets;

/// A relative path as URLs have it: everything but unreserved characters and `/` percent-encoded.
public final class EscapedPath {
    private static final String KEPT = "-._~/";

    private EscapedPath() {}

    public static String of(String path) {
        StringBuilder escaped = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || KEPT.indexOf(c) >= 0) {
                escaped.append(c);
            } else {
                escaped.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        return escaped.toString();
    }
}
