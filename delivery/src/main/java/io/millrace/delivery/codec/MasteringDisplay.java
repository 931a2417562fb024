package io.millrace.delivery.codec;

/// The display that a video was graded on (SMPTE ST 2086), in the units of `mdcv` boxes and of
/// HEVC's SEI message.
///
/// @param red where it is in the CIE 1931 diagram, as are the others
/// @param maxLuminance in 0.0001 cd/m²
/// @param minLuminance in 0.0001 cd/m²
public record MasteringDisplay(
        Point red, Point green, Point blue, Point white, long maxLuminance, long minLuminance) {
    /// Chromaticity, in 0.00002.
    public record Point(int x, int y) {}
}
