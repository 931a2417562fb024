package io.millrace.delivery.codec.hevc;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.NalUnit;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// `HEVCDecoderConfigurationRecord`, ISO/IEC 14496-15 §8.3.3.1.
///
/// | field | bytes |
/// |---|---|
/// | configurationVersion = 1 | 1 |
/// | profile space (2 bits), tier (1), profile (5) | 1 |
/// | compatibility flags, constraint flags, level | 4, 6, 1 |
/// | segmentation, parallelism, chroma, bit depths, frame rate | 8 |
/// | temporal layers, lengthSizeMinusOne (2 bits) | 1 |
/// | arrays: type, count; per NAL unit: length, bytes | n |
///
/// @param sampleEntryName `hvc1` (parameter sets only here) or `hev1` (also in band)
/// @param parameterSets VPS, SPS, PPS and what else is listed, in the record's order
/// @param sps the first one, or null where there is none here (`hev1` may have it in band)
public record HevcConfig(
        String sampleEntryName,
        byte[] record,
        int nalLengthSize,
        List<byte[]> parameterSets,
        @Nullable HevcSequenceParameterSet sps,
        ColorInfo color)
        implements VideoConfig {
    private static final int FIXED_LENGTH = 23;
    private static final int SPS_TYPE = 33;

    public static HevcConfig parse(String sampleEntryName, byte[] record)
            throws MalformedMediaException {
        if (record.length < FIXED_LENGTH) {
            throw new MalformedMediaException(
                    "hvcC: " + record.length + " bytes (expected: at least 23)");
        }
        List<byte[]> sets = new ArrayList<>();
        int at = FIXED_LENGTH;
        int arrays = record[22] & 0xFF;
        for (int array = 0; array < arrays; array++) {
            if (at + 3 > record.length) {
                throw new MalformedMediaException("hvcC: ends inside array " + array);
            }
            int count = u16(record, at + 1);
            at += 3;
            for (int i = 0; i < count; i++) {
                int length = at + 2 <= record.length ? u16(record, at) : 0;
                at += 2;
                if (length == 0 || length > record.length - at) {
                    throw new MalformedMediaException("hvcC: NAL unit of " + length + " bytes");
                }
                byte[] set = new byte[length];
                System.arraycopy(record, at, set, 0, length);
                sets.add(set);
                at += length;
            }
        }
        HevcSequenceParameterSet sps = null;
        for (byte[] set : sets) {
            if (set.length > 2 && (set[0] >> 1 & 0x3F) == SPS_TYPE && layer(set) == 0) {
                sps = parseOrNull(set);
                break;
            }
        }
        return new HevcConfig(
                sampleEntryName,
                record,
                (record[21] & 3) + 1,
                List.copyOf(sets),
                sps,
                sps == null ? ColorInfo.UNSPECIFIED : sps.color());
    }

    /// The record of parameter sets that came without one.
    ///
    /// @param videoSets VPS, at least one, as of the others
    /// @param nalLengthSize of the samples that go with it
    public static byte[] record(
            List<byte[]> videoSets,
            List<byte[]> sequenceSets,
            List<byte[]> pictureSets,
            int nalLengthSize)
            throws MalformedMediaException {
        if (videoSets.isEmpty() || sequenceSets.isEmpty() || pictureSets.isEmpty()) {
            throw new MalformedMediaException("hvcC: not all kinds of parameter sets");
        }
        byte[] first = sequenceSets.getFirst();
        HevcSequenceParameterSet sps = HevcSequenceParameterSet.parse(first);
        byte[] plain = NalUnit.unescape(first);
        var out = new ByteArrayOutputStream(256);
        out.write(1);
        // profile_tier_level, behind the NAL unit's header and a byte with the layers' number.
        out.write(plain, 3, 12);
        out.writeBytes(new byte[] {(byte) 0xF0, 0, (byte) 0xFC}); // nothing of how it is cut up
        out.write(0xFC | sps.chromaFormat());
        out.write(0xF8 | sps.bitDepth() - 8);
        out.write(0xF8 | sps.chromaBits() - 8);
        out.write(0); // frame rate: not said
        out.write(0);
        int layers = (plain[2] >> 1 & 7) + 1;
        out.write(layers << 3 | (plain[2] & 1) << 2 | nalLengthSize - 1);
        out.write(3);
        write(out, 32, videoSets);
        write(out, SPS_TYPE, sequenceSets);
        write(out, 34, pictureSets);
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, int type, List<byte[]> sets) {
        out.write(0x80 | type); // all of them are here
        out.write(sets.size() >> 8);
        out.write(sets.size());
        for (byte[] set : sets) {
            out.write(set.length >> 8);
            out.write(set.length);
            out.writeBytes(set);
        }
    }

    /// What we cannot read of it may be sound for a decoder: then the sample entry says the size.
    private static @Nullable HevcSequenceParameterSet parseOrNull(byte[] sps) {
        try {
            return HevcSequenceParameterSet.parse(sps);
        } catch (MalformedMediaException e) {
            return null;
        }
    }

    private static int layer(byte[] nal) {
        return (nal[0] & 1) << 5 | (nal[1] & 0xFF) >> 3;
    }

    /// ISO/IEC 14496-15 annex E.3.
    @Override
    public String codecs() {
        StringBuilder name = new StringBuilder(sampleEntryName).append('.');
        int general = record[1] & 0xFF;
        if (general >>> 6 > 0) {
            name.append((char) ('A' + (general >>> 6) - 1));
        }
        name.append(general & 0x1F).append('.');
        int compatibility = u16(record, 2) << 16 | u16(record, 4);
        name.append(
                Integer.toHexString(Integer.reverse(compatibility))
                        .toUpperCase(java.util.Locale.ROOT));
        name.append('.').append((general & 0x20) != 0 ? 'H' : 'L').append(record[12] & 0xFF);
        int last = 11;
        while (last >= 6 && record[last] == 0) {
            last--;
        }
        for (int i = 6; i <= last; i++) {
            name.append('.')
                    .append(
                            Integer.toHexString(record[i] & 0xFF)
                                    .toUpperCase(java.util.Locale.ROOT));
        }
        return name.toString();
    }

    @Override
    public int width() {
        return sps == null ? 0 : sps.width();
    }

    @Override
    public int height() {
        return sps == null ? 0 : sps.height();
    }

    @Override
    public int sampleAspectWidth() {
        return sps == null ? 1 : sps.sampleAspectWidth();
    }

    @Override
    public int sampleAspectHeight() {
        return sps == null ? 1 : sps.sampleAspectHeight();
    }

    @Override
    public HevcConfig withColor(ColorInfo said) {
        return new HevcConfig(sampleEntryName, record, nalLengthSize, parameterSets, sps, said);
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }
}
