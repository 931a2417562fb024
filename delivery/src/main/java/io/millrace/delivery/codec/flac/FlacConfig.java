package io.millrace.delivery.codec.flac;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// `FLACSpecificBox` (`dfLa`): version and flags, then metadata blocks, of which the first is
/// STREAMINFO. It knows the rate, which a sample entry cannot say above 65,535 Hz.
///
/// | field of STREAMINFO | bits |
/// |---|---|
/// | smallest and largest block, smallest and largest frame | 16, 16, 24, 24 |
/// | sample rate, channels minus 1, bits minus 1 | 20, 3, 5 |
public record FlacConfig(int sampleRate, int channels) implements AudioConfig {
    private static final int STREAM_INFO_BYTES = 34;

    public static FlacConfig parse(byte[] fullBox) throws MalformedMediaException {
        if (fullBox.length < 8 + STREAM_INFO_BYTES || (fullBox[4] & 0x7F) != 0) {
            throw new MalformedMediaException(
                    "dfLa: " + fullBox.length + " bytes (expected: STREAMINFO first)");
        }
        BitReader in = new BitReader(fullBox, 8, STREAM_INFO_BYTES);
        in.skip(16 + 16 + 24 + 24);
        int rate = in.bits(20);
        if (rate == 0) {
            throw new MalformedMediaException("dfLa: sample rate 0 (expected: more)");
        }
        return new FlacConfig(rate, in.bits(3) + 1);
    }

    @Override
    public String codecs() {
        return "fLaC";
    }

    @Override
    public String dashCodecs() {
        return "flac";
    }
}
