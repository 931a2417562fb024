package io.millrace.delivery.drm;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;

import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;

/// AES-128 of a whole resource, RFC 8216 §4.3.2.4: CBC with PKCS7 padding.
public final class WholeSegmentCipher {
    private static final int CHUNK = 32 << 10;

    private WholeSegmentCipher() {}

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
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, key.cipherKey(), new IvParameterSpec(iv));
            int whole = bytes.limit() / CbcChain.BLOCK * CbcChain.BLOCK;
            // Two arrays: in place, the JDK's cipher would copy the input first.
            byte[] plain = new byte[Math.min(CHUNK, Math.max(CbcChain.BLOCK, whole))];
            byte[] encrypted = new byte[plain.length];
            for (int at = 0; at < whole; ) {
                int take = Math.min(plain.length, whole - at);
                bytes.get(at, plain, 0, take);
                cipher.update(plain, 0, take, encrypted, 0);
                bytes.put(at, encrypted, 0, take);
                at += take;
            }
            int left = bytes.limit() - whole;
            bytes.get(whole, plain, 0, left);
            return cipher.doFinal(plain, 0, left);
        } catch (IllegalBlockSizeException | BadPaddingException | ShortBufferException e) {
            throw new IllegalStateException("cipher failed on " + bytes.limit() + " bytes", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CBC is missing from this JDK", e);
        }
    }
}
