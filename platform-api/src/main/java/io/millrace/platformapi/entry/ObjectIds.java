package io.millrace.platformapi.entry;

import java.security.SecureRandom;

/// Ids of entries and assets: data centre 0, `_`, eight of `[a-z0-9]` (kaltura-v3 c.1).
/// Thread-safe.
public final class ObjectIds {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

    private ObjectIds() {}

    public static String next() {
        var id = new StringBuilder("0_");
        for (int i = 0; i < 8; i++) {
            id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
