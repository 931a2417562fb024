package io.millrace.delivery.drm;

import io.millrace.delivery.failure.UnsupportedMediaException;

import java.nio.ByteBuffer;

/// NAL-structured samples, ISO/IEC 23001-7 §9.5.2: of each slice the length, the NAL header and the
/// slice header stay clear, so that a hardware decoder can be told of the slice; its data are
/// protected. All other NAL units stay clear.
///
/// For `cenc` the protected bytes are a multiple of 16, what is over is left clear before them, as
/// decryptors that work on whole blocks want.
final class NalSampleLayout implements SampleLayout {
    /// Clear bytes of a slice whose header cannot be read.
    private static final int UNREADABLE_HEADER = 128;

    /// What a slice's NAL unit looks like.
    interface Slices {
        /// Whether it is coded picture data.
        boolean isSlice(int firstByte);

        /// Bytes of NAL header and slice header, emulation prevention included; -1 when they cannot
        /// be read.
        int headerBytes(ByteBuffer bytes, int start, int end);
    }

    private final int lengthSize;
    private final Slices slices;
    private final boolean wholeBlocksOnly;

    NalSampleLayout(int lengthSize, Slices slices, boolean wholeBlocksOnly) {
        this.lengthSize = lengthSize;
        this.slices = slices;
        this.wholeBlocksOnly = wholeBlocksOnly;
    }

    @Override
    public void map(ByteBuffer bytes, int start, int size, Subsamples into)
            throws UnsupportedMediaException {
        into.reset();
        int at = start;
        int end = start + size;
        while (end - at > lengthSize) {
            int length = length(bytes, at);
            int nal = at + lengthSize;
            if (length < 0 || length > end - nal) {
                // A length that lies: the rest is nobody's.
                break;
            }
            into.clear(lengthSize);
            if (length > 0 && slices.isSlice(bytes.get(nal) & 0xFF)) {
                int header = slices.headerBytes(bytes, nal, nal + length);
                int clear = Math.min(length, header < 0 ? UNREADABLE_HEADER : header);
                int encrypted = length - clear;
                if (wholeBlocksOnly) {
                    clear += encrypted % CbcChain.BLOCK;
                    encrypted = length - clear;
                }
                into.clear(clear);
                into.protect(encrypted);
            } else {
                into.clear(length);
            }
            at = nal + length;
        }
        into.clear(end - at);
        into.finish();
    }

    private int length(ByteBuffer bytes, int at) {
        int length = 0;
        for (int i = 0; i < lengthSize; i++) {
            length = length << 8 | bytes.get(at + i) & 0xFF;
        }
        return length;
    }
}
