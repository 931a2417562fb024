package io.millrace.delivery.codec;

/// What the numbers of a picture mean, by the code points of ISO/IEC 23091-2 (the same in H.264,
/// HEVC, AV1, VP9 and `colr` boxes).
///
/// @param transferCharacteristics 1, 6, 13, 14, 15 standard range, 16 PQ, 18 HLG
/// @param fullRange whether samples use all code values
public record ColorInfo(
        int colorPrimaries,
        int transferCharacteristics,
        int matrixCoefficients,
        boolean fullRange) {
    private static final int PQ = 16;
    private static final int HLG = 18;

    /// Nothing is said (code point 2 each).
    public static final ColorInfo UNSPECIFIED = new ColorInfo(2, 2, 2, false);

    /// How bright a picture means to be, as HLS names it.
    public enum Range {
        SDR,
        HLG,
        PQ
    }

    public Range range() {
        return switch (transferCharacteristics) {
            case PQ -> Range.PQ;
            case HLG -> Range.HLG;
            default -> Range.SDR;
        };
    }

    public boolean isSpecified() {
        return transferCharacteristics != 2 || colorPrimaries != 2;
    }
}
