package io.millrace.platformapi.user;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// Passwords as PBKDF2-HMAC-SHA-256, `pbkdf2-sha256$iterations$salt$hash` (both base64), from the
/// JDK itself: no maintained Argon2 library without native code is among our dependencies, and
/// OWASP's figure for this one is 600,000 iterations. The text names its own figure, so it can be
/// raised later. Thread-safe; a check takes some 0.2 s of CPU.
final class Passwords {
    static final int MIN_LENGTH = 12;
    static final int MAX_LENGTH = 128;

    private static final String ALGORITHM = "PBKDF2WithHmacSHA256";
    private static final String NAME = "pbkdf2-sha256";
    private static final int ITERATIONS = 600_000;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BITS = 256;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String RANDOM_ALPHABET =
            "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// What an unknown user's attempt is checked against, so that it takes as long.
    private static final String NOBODY = hash("nobody has this password");

    private Passwords() {}

    static String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        Base64.Encoder base64 = Base64.getEncoder();
        return NAME
                + "$"
                + ITERATIONS
                + "$"
                + base64.encodeToString(salt)
                + "$"
                + base64.encodeToString(derive(password, salt, ITERATIONS));
    }

    static boolean matches(String password, String stored) {
        String[] fields = stored.split("\\$");
        if (fields.length != 4 || !fields[0].equals(NAME) || password.length() > MAX_LENGTH) {
            return false;
        }
        byte[] salt = Base64.getDecoder().decode(fields[2]);
        byte[] expected = Base64.getDecoder().decode(fields[3]);
        return MessageDigest.isEqual(expected, derive(password, salt, Integer.parseInt(fields[1])));
    }

    static void matchesNobody(String password) {
        matches(password, NOBODY);
    }

    /// Letters and digits that can be told apart, about 116 bits.
    static String random() {
        var password = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            password.append(RANDOM_ALPHABET.charAt(RANDOM.nextInt(RANDOM_ALPHABET.length())));
        }
        return password.toString();
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        var spec = new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BITS);
        try {
            return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing from this JDK", e);
        } finally {
            spec.clearPassword();
        }
    }
}
