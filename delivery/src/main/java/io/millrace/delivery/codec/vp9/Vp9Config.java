package io.millrace.delivery.codec.vp9;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import java.util.Locale;

/// `VPCodecConfigurationRecord`, behind the version and flags of its full box: profile (8 bits),
/// level (8), bitDepth (4), chroma subsampling (3), full range (1), colours.
///
/// @param width not in the record, so 0 unless a frame header ({@link Vp9FrameHeader}) said it
public record Vp9Config(
        int profile, int level, int bitDepth, int width, int height, ColorInfo color)
        implements VideoConfig {
    public Vp9Config(int profile, int level, int bitDepth, ColorInfo color) {
        this(profile, level, bitDepth, 0, 0, color);
    }

    public static Vp9Config parse(byte[] fullBox) throws MalformedMediaException {
        if (fullBox.length < 8) {
            throw new MalformedMediaException(
                    "vpcC: " + fullBox.length + " bytes (expected: at least 8)");
        }
        ColorInfo color = ColorInfo.UNSPECIFIED;
        if (fullBox.length >= 10) {
            color =
                    new ColorInfo(
                            fullBox[7] & 0xFF,
                            fullBox[8] & 0xFF,
                            fullBox[9] & 0xFF,
                            (fullBox[6] & 1) != 0);
        }
        return new Vp9Config(fullBox[4] & 0xFF, fullBox[5] & 0xFF, fullBox[6] >> 4 & 0xF, color);
    }

    @Override
    public String codecs() {
        return String.format(Locale.ROOT, "vp09.%02d.%02d.%02d", profile, level, bitDepth);
    }

    public Vp9Config withSize(int pictureWidth, int pictureHeight) {
        return new Vp9Config(profile, level, bitDepth, pictureWidth, pictureHeight, color);
    }

    @Override
    public Vp9Config withColor(ColorInfo said) {
        return new Vp9Config(profile, level, bitDepth, width, height, said);
    }
}
