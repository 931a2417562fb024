package io.millrace.delivery.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Percent-decodes a request's path, once, and refuses what could mean two things.
final class RequestPath {
    private RequestPath() {}

    /// @param raw starts with `/`, without query
    /// @throws HttpProblem 400 that names what is wrong
    static String decode(String raw) throws HttpProblem {
        boolean plain = true;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                plain = false;
            } else if (c <= ' ' || c >= 0x7F) {
                throw new HttpProblem(
                        400,
                        "The path holds character %d at %d: escape it as UTF-8 (%%XX)."
                                .formatted((int) c, i));
            }
        }
        String path = plain ? raw : percentDecode(raw);
        check(path);
        return path;
    }

    private static String percentDecode(String raw) throws HttpProblem {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.put((byte) c);
                continue;
            }
            int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(raw.charAt(i + 2), 16) : -1;
            if (low < 0) {
                throw new HttpProblem(400, "The path has a broken escape at " + i + ".");
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
        } catch (CharacterCodingException _) {
            throw new HttpProblem(400, "The path is not UTF-8 when decoded.");
        }
    }

    private static void check(String path) throws HttpProblem {
        int segmentStart = 1;
        for (int i = 0; i <= path.length(); i++) {
            char c = i == path.length() ? '/' : path.charAt(i);
            if (c == '/') {
                if (i - segmentStart == 2 && path.startsWith("..", segmentStart)) {
                    throw new HttpProblem(400, "The path holds a '..' segment.");
                }
                segmentStart = i + 1;
            } else if (c == '\\') {
                throw new HttpProblem(400, "The path holds a backslash.");
            } else if (c == '%') {
                throw new HttpProblem(400, "The path holds a '%' after decoding.");
            } else if (c < ' ' || c == 0x7F) {
                throw new HttpProblem(
                        400, "The path holds control character " + (int) c + " after decoding.");
            }
        }
    }
}
