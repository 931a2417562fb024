package io.millrace.delivery.drm;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.BoxWriter;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Encrypts the samples of one track of a fragment by Common Encryption and keeps what decryptors
/// must be told of them: the fragment's `saiz`, `saio` and `senc` boxes.
///
///     saiz    sizes of the samples' auxiliary information
///     saio    where it starts, from the start of the moof
///     senc    per sample: [8-byte IV] [count, then (clear u16, protected u32) ...]
///
/// One fragment, one thread.
public final class SampleCipher {
    private static final int PATTERN = 10; // one block of ten
    private static final int SENC_HEADER = 16;
    private static final int SUBSAMPLES = 2;
    private static final int MAX_AUXILIARY = Long.BYTES + 2 + 6 * Subsamples.MAX;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final EncryptionScheme scheme;
    private final @Nullable SampleLayout layout;
    private final boolean pattern;
    private final @Nullable CounterStream counter;
    private final @Nullable CbcChain chain;
    private final long counterBase;
    private final Subsamples subsamples = new Subsamples();
    private byte[] auxiliary = new byte[1024];
    private int auxiliaryBytes;
    private byte[] auxiliarySizes = new byte[64];
    private int samples;
    private boolean sizesDiffer;

    /// @param track names the track among all that the key encrypts: the same for the same samples
    public SampleCipher(Protection protection, CodecConfig codec, boolean isVideo, String track) {
        this.scheme = protection.scheme();
        boolean cenc = scheme == EncryptionScheme.CENC;
        this.layout = SampleLayout.of(codec, isVideo, cenc);
        this.pattern = isVideo;
        this.counter = cenc ? new CounterStream(protection.key()) : null;
        this.chain = cenc ? null : new CbcChain(protection.key(), protection.key().constantIv());
        this.counterBase = cenc ? protection.counterBase(track) : 0;
    }

    /// Encrypts the sample at `[start, start + size)`; samples come in the order of the fragment.
    ///
    /// @param bytes big-endian; changed in place, read and written by absolute position
    /// @param number of the sample in its track
    public void encrypt(ByteBuffer bytes, int start, int size, long number)
            throws UnsupportedMediaException {
        int before = auxiliaryBytes;
        reserve();
        if (counter != null) {
            counter.start(counterBase + number);
            LONGS.set(auxiliary, auxiliaryBytes, counterBase + number);
            auxiliaryBytes += Long.BYTES;
        }
        if (layout == null) {
            stretch(bytes, start, size);
        } else {
            layout.map(bytes, start, size, subsamples);
            int count = subsamples.count();
            u16(count);
            int at = start;
            for (int i = 0; i < count; i++) {
                u16(subsamples.clearBytes[i]);
                u16(subsamples.protectedBytes[i] >>> 16);
                u16(subsamples.protectedBytes[i]);
                at += subsamples.clearBytes[i];
                stretch(bytes, at, subsamples.protectedBytes[i]);
                at += subsamples.protectedBytes[i];
            }
        }
        if (samples == auxiliarySizes.length) {
            auxiliarySizes = Arrays.copyOf(auxiliarySizes, 2 * samples);
        }
        auxiliarySizes[samples] = (byte) (auxiliaryBytes - before);
        sizesDiffer |= auxiliarySizes[samples] != auxiliarySizes[0];
        samples++;
    }

    /// Makes room for what one sample may take.
    private void reserve() {
        if (auxiliary.length - auxiliaryBytes < MAX_AUXILIARY) {
            auxiliary = Arrays.copyOf(auxiliary, 2 * auxiliary.length);
        }
    }

    private void u16(int value) {
        auxiliary[auxiliaryBytes++] = (byte) (value >> 8);
        auxiliary[auxiliaryBytes++] = (byte) value;
    }

    private void stretch(ByteBuffer bytes, int start, int length) {
        if (length == 0) {
            return;
        }
        if (counter != null) {
            counter.encrypt(bytes, start, length);
        } else if (chain != null) {
            chain.restart();
            if (pattern) {
                chain.encryptOneIn(PATTERN, bytes, start, start + length);
            } else {
                chain.encrypt(bytes, start, length);
            }
        }
    }

    /// Bytes of the three boxes; 0 where the init segment says all there is to say (`cbcs` audio).
    public int boxesSize() {
        if (auxiliaryBytes == 0) {
            return 0;
        }
        return 17 + (sizesDiffer ? samples : 0) + 20 + SENC_HEADER + auxiliaryBytes;
    }

    /// Appends the boxes to a `traf`.
    ///
    /// @param moofStart where in `out` the `moof` starts
    public void writeBoxes(ByteBuf out, int moofStart) {
        if (auxiliaryBytes == 0) {
            return;
        }
        int saiz = BoxWriter.beginFull(out, "saiz", 0, 0);
        out.writeByte(sizesDiffer ? 0 : auxiliarySizes[0]);
        out.writeInt(samples);
        if (sizesDiffer) {
            out.writeBytes(auxiliarySizes, 0, samples);
        }
        BoxWriter.end(out, saiz);
        int saio = BoxWriter.beginFull(out, "saio", 0, 0);
        out.writeInt(1);
        out.writeInt(out.writerIndex() + 4 + SENC_HEADER - moofStart);
        BoxWriter.end(out, saio);
        int senc = BoxWriter.beginFull(out, "senc", 0, layout == null ? 0 : SUBSAMPLES);
        out.writeInt(samples);
        out.writeBytes(auxiliary, 0, auxiliaryBytes);
        BoxWriter.end(out, senc);
    }
}
