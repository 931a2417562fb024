package io.millrace.delivery.drm;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;

import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;

/// AES-128 of a whole resource, RFC 8216 §4.3.2.4: CBC with PKCS7 padding. One thread at a time.
public final class WholeSegmentCipher {
    private static final int CHUNK = 32 << 10;

    /// What `plainBytes` become.
    public static long encryptedSize(long plainBytes) {
        return plainBytes / CbcChain.BLOCK * CbcChain.BLOCK + CbcChain.BLOCK;
    }

    /// The IV where a playlist gives none: the media sequence number.
    public static byte[] sequenceIv(long mediaSequenceNumber) {
        return ByteBuffer.allocate(16).putLong(0).putLong(mediaSequenceNumber).array();
    }

    /// Encrypts in place all whole blocks of `bytes` from 0 to its limit.
    ///
    /// @return the last block, which holds what is left and the padding
    public static byte[] encrypt(ByteBuffer bytes, ContentKey key, byte[] iv) {
        var cipher = new WholeSegmentCipher(key, iv);
        int whole = bytes.limit() / CbcChain.BLOCK * CbcChain.BLOCK;
        cipher.update(bytes, whole);
        return cipher.last(bytes, whole, bytes.limit() - whole);
    }

    private final Cipher cipher;

    // Two arrays: in place, the JDK's cipher would copy the input first.
    private final byte[] plain = new byte[CHUNK];
    private final byte[] encrypted = new byte[CHUNK];

    /// One resource, encrypted as its bytes come.
    ///
    /// @param iv 16 bytes
    public WholeSegmentCipher(ContentKey key, byte[] iv) {
        try {
            cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, key.cipherKey(), new IvParameterSpec(iv));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CBC is missing from this JDK", e);
        }
    }

    /// Encrypts the next `length` bytes in place, from 0 on.
    ///
    /// @param length whole blocks
    public void update(ByteBuffer bytes, int length) {
        try {
            for (int at = 0; at < length; ) {
                int take = Math.min(CHUNK, length - at);
                bytes.get(at, plain, 0, take);
                cipher.update(plain, 0, take, encrypted, 0);
                bytes.put(at, encrypted, 0, take);
                at += take;
            }
        } catch (ShortBufferException e) {
            throw new IllegalStateException("cipher failed on " + length + " bytes", e);
        }
    }

    /// The end of the resource.
    ///
    /// @param length less than a block
    /// @return the last block, with the padding
    public byte[] last(ByteBuffer bytes, int from, int length) {
        try {
            bytes.get(from, plain, 0, length);
            return cipher.doFinal(plain, 0, length);
        } catch (IllegalBlockSizeException | BadPaddingException e) {
            throw new IllegalStateException("cipher failed on the last " + length + " bytes", e);
        }
    }
}
