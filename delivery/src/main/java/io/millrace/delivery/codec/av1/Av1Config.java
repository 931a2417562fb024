package io.millrace.delivery.codec.av1;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// `AV1CodecConfigurationRecord`, AV1-ISOBMFF §2.3.3.
///
/// | field | bits |
/// |---|---|
/// | marker = 1, version = 1 | 1, 7 |
/// | seq_profile, seq_level_idx_0 | 3, 5 |
/// | seq_tier_0, high_bitdepth, twelve_bit, monochrome | 1 each |
/// | chroma subsampling x, y, sample position | 1, 1, 2 |
/// | reserved, initial presentation delay | 3, 1, 4 |
/// | configOBUs: the sequence header | |
///
/// @param sequence the sequence header, or null where the record has none
public record Av1Config(
        int profile,
        int level,
        boolean highTier,
        int bitDepth,
        @Nullable Av1SequenceHeader sequence,
        ColorInfo color)
        implements VideoConfig {
    public static Av1Config parse(byte[] record) throws MalformedMediaException {
        if (record.length < 4 || (record[0] & 0xFF) != 0x81) {
            throw new MalformedMediaException(
                    "av1C: " + record.length + " bytes (expected: version 1, at least 4)");
        }
        boolean high = (record[2] & 0x40) != 0;
        boolean twelve = (record[2] & 0x20) != 0;
        Av1SequenceHeader sequence = null;
        try {
            sequence = Av1SequenceHeader.find(record, 4);
        } catch (MalformedMediaException e) {
            // The stream has its own; the sample entry says the size.
        }
        return new Av1Config(
                record[1] >> 5 & 7,
                record[1] & 0x1F,
                (record[2] & 0x80) != 0,
                high ? twelve ? 12 : 10 : 8,
                sequence,
                sequence == null ? ColorInfo.UNSPECIFIED : sequence.color());
    }

    @Override
    public String codecs() {
        return String.format(
                Locale.ROOT, "av01.%d.%02d%s.%02d", profile, level, highTier ? "H" : "M", bitDepth);
    }

    /// The largest of the sequence; the sample entry says it where there is no header here.
    @Override
    public int width() {
        return sequence == null ? 0 : sequence.maxWidth();
    }

    @Override
    public int height() {
        return sequence == null ? 0 : sequence.maxHeight();
    }

    @Override
    public Av1Config withColor(ColorInfo said) {
        return new Av1Config(profile, level, highTier, bitDepth, sequence, said);
    }
}
