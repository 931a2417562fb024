package io.millrace.delivery.codec;

import io.millrace.delivery.failure.MalformedMediaException;

/// What the NAL units of H.264 and HEVC have in common.
public final class NalUnit {
    /// `aspect_ratio_idc`, H.264 table E-1 and HEVC table E.1.
    private static final int[][] SAMPLE_ASPECTS = {
        {1, 1}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11},
        {80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1}
    };

    private static final int EXTENDED_SAR = 255;

    private NalUnit() {}

    /// Drops the emulation prevention bytes, H.264 §7.4.1.
    public static byte[] unescape(byte[] nal) {
        byte[] out = new byte[nal.length];
        int length = 0;
        int zeros = 0;
        for (byte b : nal) {
            if (zeros >= 2 && b == 3) {
                zeros = 0;
                continue;
            }
            zeros = b == 0 ? zeros + 1 : 0;
            out[length++] = b;
        }
        return java.util.Arrays.copyOf(out, length);
    }

    /// Reads `aspect_ratio_idc` and what follows it.
    ///
    /// @return width and height of a pixel; 1 and 1 where that makes no sense
    public static int[] sampleAspect(BitReader in) throws MalformedMediaException {
        int idc = in.bits(8);
        if (idc == EXTENDED_SAR) {
            int width = in.bits(16);
            int height = in.bits(16);
            return width == 0 || height == 0 ? new int[] {1, 1} : new int[] {width, height};
        }
        return idc < SAMPLE_ASPECTS.length ? SAMPLE_ASPECTS[idc].clone() : new int[] {1, 1};
    }
}
