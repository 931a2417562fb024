package io.millrace.delivery.drm;

import java.nio.ByteBuffer;

/// Reads the bits of a NAL unit where it lies, stepping over emulation prevention bytes. Past the
/// end it gives zeros and says so by {@link #overrun}: nothing is thrown, so that a broken slice
/// costs no more than a sound one. One thread at a time.
final class NalBits {
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int at;
    private int end;
    private int zeros;
    private int current;
    private int bitsLeft;
    private boolean overrun;

    NalBits over(ByteBuffer newBytes, int start, int newEnd) {
        bytes = newBytes;
        at = start;
        end = newEnd;
        zeros = 0;
        bitsLeft = 0;
        overrun = false;
        return this;
    }

    NalBits over(byte[] nal) {
        return over(ByteBuffer.wrap(nal), 0, nal.length);
    }

    boolean overrun() {
        return overrun;
    }

    void fail() {
        overrun = true;
    }

    /// Absolute position of the first byte that no read bit lies in.
    int position() {
        return at;
    }

    int bit() {
        if (bitsLeft == 0) {
            next();
        }
        return current >> --bitsLeft & 1;
    }

    boolean flag() {
        return bit() == 1;
    }

    int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 1 | bit();
        }
        return value;
    }

    void skip(int count) {
        for (int i = 0; i < count && !overrun; i++) {
            bit();
        }
    }

    /// ue(v).
    int ue() {
        int leading = 0;
        while (bit() == 0) {
            if (++leading > 31 || overrun) {
                overrun = true;
                return 0;
            }
        }
        return leading == 0 ? 0 : (1 << leading) - 1 + bits(leading);
    }

    /// se(v); nobody here wants its value.
    void se() {
        ue();
    }

    private void next() {
        if (at < end && zeros >= 2 && bytes.get(at) == 3) {
            at++;
            zeros = 0;
        }
        if (at >= end) {
            overrun = true;
            current = 0;
        } else {
            current = bytes.get(at++) & 0xFF;
            zeros = current == 0 ? zeros + 1 : 0;
        }
        bitsLeft = 8;
    }
}
