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
    private static final int NOT_SAID = 2;

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

    /// This where it says something, and what `other` says where it does not; the range, which has
    /// no word for "not said", is the other's.
    public ColorInfo over(ColorInfo other) {
        return new ColorInfo(
                said(colorPrimaries, other.colorPrimaries),
                said(transferCharacteristics, other.transferCharacteristics),
                said(matrixCoefficients, other.matrixCoefficients),
                other.fullRange);
    }

    private static int said(int here, int there) {
        return here == NOT_SAID ? there : here;
    }

    public boolean isSpecified() {
        return transferCharacteristics != 2 || colorPrimaries != 2;
    }
}
