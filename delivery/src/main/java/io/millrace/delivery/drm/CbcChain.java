package io.millrace.delivery.drm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;

import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;

/// AES-CBC in place over chosen blocks, starting anew at an IV as often as wanted.
///
/// One `Cipher` is used for its whole life: a new chain is begun by mixing the IV and the last
/// block's cipher text into the first block, which takes the old chain back out. So nothing is
/// allocated and no key schedule is made per sample. One thread at a time.
final class CbcChain {
    static final int BLOCK = 16;
    private static final int MAX_BLOCKS = 1024;

    private final Cipher cipher;
    private final byte[] plain = new byte[MAX_BLOCKS * BLOCK];
    private final byte[] encrypted = new byte[MAX_BLOCKS * BLOCK];
    private final ByteBuffer plainView = ByteBuffer.wrap(plain).order(ByteOrder.BIG_ENDIAN);
    private final ByteBuffer encryptedView = ByteBuffer.wrap(encrypted).order(ByteOrder.BIG_ENDIAN);
    private final long ivHigh;
    private final long ivLow;
    private long lastHigh;
    private long lastLow;
    private boolean restarted = true;

    CbcChain(ContentKey key, byte[] iv) {
        try {
            cipher = Cipher.getInstance("AES/CBC/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, key.cipherKey(), new IvParameterSpec(new byte[BLOCK]));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/CBC is missing from this JDK", e);
        }
        ByteBuffer in = ByteBuffer.wrap(iv);
        ivHigh = in.getLong();
        ivLow = in.getLong();
    }

    /// The next block is the first after the IV.
    void restart() {
        restarted = true;
    }

    /// Encrypts the whole blocks of `[start, start + length)`; what is left of a block stays clear.
    void encrypt(ByteBuffer bytes, int start, int length) {
        int at = start;
        int left = length / BLOCK * BLOCK;
        while (left > 0) {
            int take = Math.min(left, plain.length);
            bytes.get(at, plain, 0, take);
            run(take);
            bytes.put(at, encrypted, 0, take);
            at += take;
            left -= take;
        }
    }

    /// Encrypts one block of every `period` of them: those that lie whole in `[start, end)`.
    void encryptOneIn(int period, ByteBuffer bytes, int start, int end) {
        int stride = period * BLOCK;
        int at = start;
        while (end - at >= BLOCK) {
            int gathered = 0;
            int from = at;
            while (end - at >= BLOCK && gathered < plain.length) {
                plainView.putLong(gathered, bytes.getLong(at));
                plainView.putLong(gathered + 8, bytes.getLong(at + 8));
                gathered += BLOCK;
                if (end - at < stride) {
                    at = end;
                } else {
                    at += stride;
                }
            }
            run(gathered);
            for (int i = 0; i < gathered; i += BLOCK) {
                bytes.putLong(from, encryptedView.getLong(i));
                bytes.putLong(from + 8, encryptedView.getLong(i + 8));
                from += stride;
            }
        }
    }

    private void run(int length) {
        if (restarted) {
            plainView.putLong(0, plainView.getLong(0) ^ ivHigh ^ lastHigh);
            plainView.putLong(8, plainView.getLong(8) ^ ivLow ^ lastLow);
            restarted = false;
        }
        try {
            int done = cipher.update(plain, 0, length, encrypted, 0);
            if (done != length) {
                throw new IllegalStateException("cipher: " + done + " of " + length + " bytes");
            }
        } catch (ShortBufferException e) {
            throw new IllegalStateException(e);
        }
        lastHigh = encryptedView.getLong(length - BLOCK);
        lastLow = encryptedView.getLong(length - 8);
    }
}
