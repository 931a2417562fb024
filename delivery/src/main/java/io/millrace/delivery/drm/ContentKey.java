package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A content key of 16 bytes with its id and, where its owner gave one, its constant IV. Immutable.
/// Neither `toString` nor any message of this class tells the key.
public final class ContentKey {
    public static final int SIZE = 16;

    private final UUID id;
    private final byte[] key;
    private final byte @Nullable [] iv;

    /// @param iv 16 bytes, or 8, which are followed by zeros; null when none is given
    public ContentKey(UUID id, byte[] key, byte @Nullable [] iv) {
        if (key.length != SIZE) {
            throw new IllegalArgumentException(
                    "key: " + key.length + " bytes (expected: " + SIZE + ")");
        }
        if (iv != null && iv.length != SIZE && iv.length != 8) {
            throw new IllegalArgumentException("iv: " + iv.length + " bytes (expected: 8 or 16)");
        }
        this.id = id;
        this.key = key.clone();
        this.iv = iv == null ? null : Arrays.copyOf(iv, SIZE);
    }

    public UUID id() {
        return id;
    }

    /// The 16 bytes of the id, as boxes carry it.
    public byte[] idBytes() {
        return bytes(id);
    }

    /// The key itself: for ciphers, and for replies to those who may have it.
    public byte[] key() {
        return key.clone();
    }

    /// The IV that came with the key.
    public byte @Nullable [] givenIv() {
        return iv == null ? null : iv.clone();
    }

    /// The IV where a scheme needs one for all samples: the given one, else one made of the key.
    public byte[] constantIv() {
        return iv != null ? iv.clone() : Arrays.copyOf(derive("constant iv"), SIZE);
    }

    SecretKeySpec cipherKey() {
        return new SecretKeySpec(key, "AES");
    }

    /// 32 bytes that follow from the key and `purpose` and tell nothing of the key.
    byte[] derive(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(bytes(id));
            return mac.doFinal(purpose.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("HmacSHA256 is missing from this JDK", e);
        }
    }

    static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(SIZE)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    static UUID uuid(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new UUID(in.getLong(), in.getLong());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ContentKey that
                && that.id.equals(id)
                && java.security.MessageDigest.isEqual(that.key, key)
                && Arrays.equals(that.iv, iv);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "ContentKey[" + id + "]";
    }
}
