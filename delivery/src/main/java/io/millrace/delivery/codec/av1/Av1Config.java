package io.millrace.delivery.codec.av1;

import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import java.util.Locale;

/// `AV1CodecConfigurationRecord`: marker and version (8 bits), seq_profile (3), seq_level_idx_0
/// (5), seq_tier_0, high_bitdepth, twelve_bit, monochrome (1 each), ...
public record Av1Config(int profile, int level, boolean highTier, int bitDepth)
        implements VideoConfig {
    public static Av1Config parse(byte[] record) throws MalformedMediaException {
        if (record.length < 4 || (record[0] & 0xFF) != 0x81) {
            throw new MalformedMediaException(
                    "av1C: " + record.length + " bytes (expected: version 1, at least 4)");
        }
        boolean high = (record[2] & 0x40) != 0;
        boolean twelve = (record[2] & 0x20) != 0;
        return new Av1Config(
                record[1] >> 5 & 7,
                record[1] & 0x1F,
                (record[2] & 0x80) != 0,
                high ? twelve ? 12 : 10 : 8);
    }

    @Override
    public String codecs() {
        return String.format(
                Locale.ROOT, "av01.%d.%02d%s.%02d", profile, level, highTier ? "H" : "M", bitDepth);
    }

    /// Not read from the sequence header: the sample entry says.
    @Override
    public int width() {
        return 0;
    }

    @Override
    public int height() {
        return 0;
    }
}
