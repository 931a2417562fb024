package io.millrace.delivery.codec.vp9;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import java.util.Locale;

/// `VPCodecConfigurationRecord`, behind the version and flags of its full box: profile (8 bits),
/// level (8), bitDepth (4), chroma subsampling (3), full range (1), colours.
public record Vp9Config(int profile, int level, int bitDepth, ColorInfo color)
        implements VideoConfig {
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

    /// Not in the record: the sample entry says.
    @Override
    public int width() {
        return 0;
    }

    @Override
    public int height() {
        return 0;
    }

    @Override
    public Vp9Config withColor(ColorInfo said) {
        return new Vp9Config(profile, level, bitDepth, said);
    }
}
