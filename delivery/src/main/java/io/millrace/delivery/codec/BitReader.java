package io.millrace.delivery.codec;

import io.millrace.delivery.failure.MalformedMediaException;

/// Reads big-endian bit fields and Exp-Golomb codes. One thread at a time.
public final class BitReader {
    private final byte[] bytes;
    private final int endBit;
    private int bit;

    public BitReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.bit = offset * 8;
        this.endBit = (offset + length) * 8;
    }

    public int bits(int count) throws MalformedMediaException {
        if (count > endBit - bit) {
            throw new MalformedMediaException(
                    "codec configuration ends at bit " + endBit + ", " + count + " more expected");
        }
        long value = 0;
        for (int left = count; left > 0; ) {
            int take = Math.min(left, 8 - (bit & 7));
            int part = bytes[bit >> 3] >>> (8 - (bit & 7) - take) & (1 << take) - 1;
            value = value << take | part;
            bit += take;
            left -= take;
        }
        return (int) value;
    }

    public boolean flag() throws MalformedMediaException {
        return bits(1) == 1;
    }

    public void skip(int count) throws MalformedMediaException {
        if (count < 0 || count > endBit - bit) {
            throw new MalformedMediaException(
                    "codec configuration ends at bit " + endBit + ", " + count + " to be skipped");
        }
        bit += count;
    }

    /// Bits up to the next whole byte, counted from where the reader began.
    public int toByte() {
        return -bit & 7;
    }

    public int left() {
        return endBit - bit;
    }

    /// ue(v), H.264 §9.1.
    public int unsignedExpGolomb() throws MalformedMediaException {
        int zeros = 0;
        while (!flag()) {
            if (++zeros > 31) {
                throw new MalformedMediaException("codec configuration: Exp-Golomb code too long");
            }
        }
        return zeros == 0 ? 0 : (1 << zeros) - 1 + bits(zeros);
    }

    /// se(v), H.264 §9.1.1.
    public int signedExpGolomb() throws MalformedMediaException {
        int code = unsignedExpGolomb();
        return (code & 1) == 1 ? (code >>> 1) + 1 : -(code >>> 1);
    }
}
