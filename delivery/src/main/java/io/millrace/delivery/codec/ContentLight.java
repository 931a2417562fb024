package io.millrace.delivery.codec;

/// How bright a video gets (CTA-861.3), as `clli` boxes say it: cd/m², 0 where it is not said.
///
/// @param brightestPixel MaxCLL
/// @param brightestAverage MaxFALL: the greatest average of a picture
public record ContentLight(int brightestPixel, int brightestAverage) {}
