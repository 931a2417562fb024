package io.millrace.liveingest.rtmp.handshake;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The handshake's digest form, as Flash Player 9 brought it and every server since answers it.
///
/// A 1536-byte packet is time (4), version (4), then two blocks of 764 bytes in either order: one
/// holds a digest (4 offset bytes first; the digest starts at 4 + their sum modulo 728), the other
/// a key nobody uses without encryption. The digest is HMAC-SHA-256 over the packet without the
/// digest's own 32 bytes. The keys are public: two names and a tail that all implementations carry.
final class DigestHandshake {
    static final int PACKET_BYTES = 1536;
    static final int DIGEST_BYTES = 32;
    private static final int[] BLOCKS = {8, 772};
    private static final byte[] TAIL = {
        (byte) 0xF0,
        (byte) 0xEE,
        (byte) 0xC2,
        0x4A,
        (byte) 0x80,
        0x68,
        (byte) 0xBE,
        (byte) 0xE8,
        0x2E,
        0x00,
        (byte) 0xD0,
        (byte) 0xD1,
        0x02,
        (byte) 0x9E,
        0x7E,
        0x57,
        0x6E,
        (byte) 0xEC,
        0x5D,
        0x2D,
        0x29,
        (byte) 0x80,
        0x6F,
        (byte) 0xAB,
        (byte) 0x93,
        (byte) 0xB8,
        (byte) 0xE6,
        0x36,
        (byte) 0xCF,
        (byte) 0xEB,
        0x31,
        (byte) 0xAE
    };
    private static final byte[] PLAYER_NAME =
            "Genuine Adobe Flash Player 001".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SERVER_NAME =
            "Genuine Adobe Flash Media Server 001".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SERVER_KEY = concat(SERVER_NAME, TAIL);

    private DigestHandshake() {}

    /// Where a client's digest was found.
    ///
    /// @param block where the digest block starts, 8 or 772
    record ClientDigest(int block, byte[] digest) {}

    /// The digest of a C1, or null where it has none: then the simple form is meant.
    static @Nullable ClientDigest find(byte[] c1) {
        for (int block : BLOCKS) {
            int at = digestPosition(c1, block);
            byte[] digest = Arrays.copyOfRange(c1, at, at + DIGEST_BYTES);
            if (MessageDigest.isEqual(digest, packetDigest(c1, at, PLAYER_NAME))) {
                return new ClientDigest(block, digest);
            }
        }
        return null;
    }

    /// Puts our digest into a random S1, in the layout the client chose.
    static void sign(byte[] s1, int block) {
        int at = digestPosition(s1, block);
        System.arraycopy(packetDigest(s1, at, SERVER_NAME), 0, s1, at, DIGEST_BYTES);
    }

    /// Puts the answer to the client's digest at the end of a random S2.
    static void answer(byte[] s2, byte[] clientDigest) {
        byte[] key = hmac(SERVER_KEY, clientDigest, 0, clientDigest.length);
        byte[] answer = hmac(key, s2, 0, PACKET_BYTES - DIGEST_BYTES);
        System.arraycopy(answer, 0, s2, PACKET_BYTES - DIGEST_BYTES, DIGEST_BYTES);
    }

    private static int digestPosition(byte[] packet, int block) {
        int sum =
                (packet[block] & 0xFF)
                        + (packet[block + 1] & 0xFF)
                        + (packet[block + 2] & 0xFF)
                        + (packet[block + 3] & 0xFF);
        return block + 4 + sum % 728;
    }

    static byte[] packetDigest(byte[] packet, int digestAt, byte[] key) {
        byte[] covered = new byte[PACKET_BYTES - DIGEST_BYTES];
        System.arraycopy(packet, 0, covered, 0, digestAt);
        System.arraycopy(
                packet, digestAt + DIGEST_BYTES, covered, digestAt, covered.length - digestAt);
        return hmac(key, covered, 0, covered.length);
    }

    private static byte[] hmac(byte[] key, byte[] data, int offset, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(data, offset, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is missing from this JDK", e);
        }
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
