package io.millrace.delivery.drm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;

import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;

/// AES-CTR in place, starting anew for each sample at an 8-byte IV: the counter block is the IV
/// followed by the number of the block in the sample (ISO/IEC 23001-7 §9.2). Bytes of one sample
/// are one stream, however many stretches they lie in.
///
/// The key stream is made from counters in batches, by one `Cipher` for life; nothing is allocated
/// per sample. Buffers are read big-endian. One thread at a time.
final class CounterStream {
    private static final int BLOCK = 16;
    private static final int BATCH = 256 * BLOCK;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final Cipher cipher;
    private final byte[] counters = new byte[BATCH];
    private final byte[] stream = new byte[BATCH];
    private long iv;
    private long nextBlock;
    private int at;
    private int end;

    CounterStream(ContentKey key) {
        try {
            cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, key.cipherKey());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES is missing from this JDK", e);
        }
    }

    /// Begins a sample.
    void start(long newIv) {
        iv = newIv;
        nextBlock = 0;
        at = 0;
        end = 0;
    }

    void encrypt(ByteBuffer bytes, int start, int length) {
        int position = start;
        int left = length;
        while (left > 0) {
            if (at == end) {
                fill(left);
            }
            int take = Math.min(left, end - at);
            int i = 0;
            for (; i + 8 <= take; i += 8) {
                bytes.putLong(
                        position + i,
                        bytes.getLong(position + i) ^ (long) LONGS.get(stream, at + i));
            }
            for (; i < take; i++) {
                bytes.put(position + i, (byte) (bytes.get(position + i) ^ stream[at + i]));
            }
            at += take;
            position += take;
            left -= take;
        }
    }

    private void fill(int wanted) {
        int size = Math.min(BATCH, (wanted + BLOCK - 1) / BLOCK * BLOCK);
        for (int i = 0; i < size; i += BLOCK) {
            LONGS.set(counters, i, iv);
            LONGS.set(counters, i + 8, nextBlock++);
        }
        try {
            cipher.update(counters, 0, size, stream, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException(e);
        }
        at = 0;
        end = size;
    }
}
