package io.millrace.delivery.drm;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;

/// Keys, ids and data as texts of key files and key services: 16 bytes in hexadecimal or base64,
/// ids also as UUIDs. What is wrong is told by its place, never by its value.
final class KeyTexts {
    private static final int MAX_BASE64 = 2 * PsshBox.MAX_SIZE;

    private KeyTexts() {}

    /// @param what for the message, like `keys[2].key`
    static byte[] bytes16(String text, String what) throws KeyServiceException {
        String plain = text.strip();
        byte[] bytes;
        try {
            bytes =
                    plain.length() == 32
                            ? HexFormat.of().parseHex(plain.toLowerCase(Locale.ROOT))
                            : decode(plain);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != ContentKey.SIZE) {
            throw new KeyServiceException(
                    what + ": not 16 bytes (expected: 32 hexadecimal digits, or base64)");
        }
        return bytes;
    }

    static UUID id(String text, String what) throws KeyServiceException {
        String plain = text.strip();
        if (plain.length() == 36) {
            try {
                return UUID.fromString(plain);
            } catch (IllegalArgumentException e) {
                throw new KeyServiceException(what + ": no UUID");
            }
        }
        return ContentKey.uuid(bytes16(plain, what));
    }

    static byte[] base64(String text, String what) throws KeyServiceException {
        try {
            return decode(text.strip());
        } catch (IllegalArgumentException e) {
            throw new KeyServiceException(what + ": no base64, or too long");
        }
    }

    private static byte[] decode(String text) {
        if (text.length() > MAX_BASE64) {
            throw new IllegalArgumentException("too long");
        }
        return text.indexOf('-') >= 0 || text.indexOf('_') >= 0
                ? Base64.getUrlDecoder().decode(text)
                : Base64.getMimeDecoder().decode(text);
    }
}
