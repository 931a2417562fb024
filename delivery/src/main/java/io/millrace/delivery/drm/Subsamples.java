package io.millrace.delivery.drm;

import io.millrace.delivery.failure.UnsupportedMediaException;

/// The stretches of one sample: so many clear bytes, then so many protected ones, and so on
/// (ISO/IEC 23001-7 §9.5). Reused from sample to sample; one thread at a time.
final class Subsamples {
    /// What one sample's auxiliary information of 255 bytes has room for beside an 8-byte IV.
    static final int MAX = 40;

    /// Left for clear bytes at the end, which come in entries of at most {@link #MAX_CLEAR}.
    private static final int RESERVED = 8;

    private static final int MAX_CLEAR = 0xFFFF;

    final int[] clearBytes = new int[MAX];
    final int[] protectedBytes = new int[MAX];
    private int count;
    private int pendingClear;

    int count() {
        return count;
    }

    void reset() {
        count = 0;
        pendingClear = 0;
    }

    void clear(int bytes) {
        pendingClear += bytes;
    }

    /// Adds bytes to be encrypted. Where there is no room for another entry they stay clear.
    void protect(int bytes) throws UnsupportedMediaException {
        if (bytes == 0) {
            return;
        }
        if (count >= MAX - RESERVED) {
            pendingClear += bytes;
            return;
        }
        splitClear();
        entry(pendingClear, bytes);
        pendingClear = 0;
    }

    /// To be called at the end of the sample.
    void finish() throws UnsupportedMediaException {
        if (pendingClear > 0) {
            splitClear();
            entry(pendingClear, 0);
            pendingClear = 0;
        }
    }

    private void splitClear() throws UnsupportedMediaException {
        while (pendingClear > MAX_CLEAR) {
            entry(MAX_CLEAR, 0);
            pendingClear -= MAX_CLEAR;
        }
    }

    private void entry(int clear, int encrypted) throws UnsupportedMediaException {
        if (count == MAX) {
            throw new UnsupportedMediaException(
                    "a picture has more parts than Common Encryption can list (expected: at most "
                            + MAX
                            + ")");
        }
        clearBytes[count] = clear;
        protectedBytes[count++] = encrypted;
    }
}
