package io.millrace.delivery.codec.avc;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MalformedMediaException;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// `AVCDecoderConfigurationRecord`, ISO/IEC 14496-15 §5.3.3.1.
///
/// | field | bits |
/// |---|---|
/// | configurationVersion = 1 | 8 |
/// | AVCProfileIndication, profile_compatibility, AVCLevelIndication | 8, 8, 8 |
/// | reserved, lengthSizeMinusOne | 6, 2 |
/// | reserved, numOfSequenceParameterSets | 3, 5 |
/// | per set: length, NAL unit | 16, n |
/// | numOfPictureParameterSets, sets as above | 8 |
/// | (profiles 100, 110, 122, 144: chroma format, bit depths, SPS extensions) | |
///
/// @param record the record itself, as `avcC` and FLV carry it
/// @param parameterSets SPS, SPS extension and PPS NAL units, in the order a decoder wants them
public record AvcConfig(
        byte[] record,
        int nalLengthSize,
        List<byte[]> parameterSets,
        AvcSequenceParameterSet sps,
        ColorInfo color)
        implements VideoConfig {

    public static AvcConfig parse(byte[] record) throws MalformedMediaException {
        if (record.length < 7 || record[0] != 1) {
            throw new MalformedMediaException(
                    "avcC: "
                            + record.length
                            + " bytes, version "
                            + (record.length > 0 ? record[0] : -1)
                            + " (expected: version 1, at least 7 bytes)");
        }
        List<byte[]> sets = new ArrayList<>();
        int at = readSets(record, 6, record[5] & 0x1F, sets);
        if (sets.isEmpty()) {
            throw new MalformedMediaException("avcC: no sequence parameter set");
        }
        AvcSequenceParameterSet sps = AvcSequenceParameterSet.parse(sets.getFirst());
        List<byte[]> pictureSets = new ArrayList<>();
        if (at < record.length) {
            at = readSets(record, at + 1, record[at] & 0xFF, pictureSets);
        }
        int profile = record[1] & 0xFF;
        boolean high = profile == 100 || profile == 110 || profile == 122 || profile == 144;
        if (high && at + 4 <= record.length) {
            readSets(record, at + 4, record[at + 3] & 0xFF, sets);
        }
        sets.addAll(pictureSets);
        return new AvcConfig(record, (record[4] & 3) + 1, List.copyOf(sets), sps, sps.color());
    }

    /// The same for `avc3`, whose parameter sets may come with the pictures only: then its list of
    /// them is empty, and it says no size.
    public static AvcConfig parseInBand(byte[] record) throws MalformedMediaException {
        if (record.length < 6 || record[0] != 1 || (record[5] & 0x1F) > 0) {
            return parse(record);
        }
        var unknown = AvcSequenceParameterSet.unknown(record[1] & 0xFF, record[3] & 0xFF);
        return new AvcConfig(
                record, (record[4] & 3) + 1, List.of(), unknown, ColorInfo.UNSPECIFIED);
    }

    /// The record of parameter sets that came without one.
    ///
    /// @param nalLengthSize of the samples that go with it
    public static byte[] record(
            List<byte[]> sequenceSets, List<byte[]> pictureSets, int nalLengthSize)
            throws MalformedMediaException {
        if (sequenceSets.isEmpty()
                || sequenceSets.size() > 31
                || pictureSets.isEmpty()
                || pictureSets.size() > 255) {
            throw new MalformedMediaException(
                    "avcC of "
                            + sequenceSets.size()
                            + " SPS and "
                            + pictureSets.size()
                            + " PPS (expected: 1..31 and 1..255)");
        }
        byte[] first = sequenceSets.getFirst();
        AvcSequenceParameterSet sps = AvcSequenceParameterSet.parse(first);
        var out = new ByteArrayOutputStream(128);
        out.write(1);
        out.write(first, 1, 3);
        out.write(0xFC | nalLengthSize - 1);
        out.write(0xE0 | sequenceSets.size());
        sequenceSets.forEach(set -> write(out, set));
        out.write(pictureSets.size());
        pictureSets.forEach(set -> write(out, set));
        int profile = first[1] & 0xFF;
        if (profile == 100 || profile == 110 || profile == 122 || profile == 144) {
            out.write(0xFC | sps.chromaFormat());
            out.write(0xF8 | sps.lumaBits() - 8);
            out.write(0xF8 | sps.chromaBits() - 8);
            out.write(0); // extensions of sequence parameter sets
        }
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, byte[] set) {
        out.write(set.length >> 8);
        out.write(set.length);
        out.writeBytes(set);
    }

    private static int readSets(byte[] record, int from, int count, List<byte[]> into)
            throws MalformedMediaException {
        int at = from;
        for (int i = 0; i < count; i++) {
            if (at + 2 > record.length) {
                throw new MalformedMediaException("avcC: ends inside parameter set " + i);
            }
            int length = (record[at] & 0xFF) << 8 | record[at + 1] & 0xFF;
            at += 2;
            if (length == 0 || length > record.length - at) {
                throw new MalformedMediaException(
                        "avcC: parameter set of "
                                + length
                                + " bytes (expected: 1.."
                                + (record.length - at)
                                + ")");
            }
            byte[] set = new byte[length];
            System.arraycopy(record, at, set, 0, length);
            into.add(set);
            at += length;
        }
        return at;
    }

    @Override
    public String codecs() {
        return "avc1.%02x%02x%02x".formatted(record[1] & 0xFF, record[2] & 0xFF, record[3] & 0xFF);
    }

    @Override
    public int width() {
        return sps.width();
    }

    @Override
    public int height() {
        return sps.height();
    }

    @Override
    public int sampleAspectWidth() {
        return sps.sampleAspectWidth();
    }

    @Override
    public int sampleAspectHeight() {
        return sps.sampleAspectHeight();
    }

    @Override
    public AvcConfig withColor(ColorInfo said) {
        return new AvcConfig(record, nalLengthSize, parameterSets, sps, said);
    }
}
