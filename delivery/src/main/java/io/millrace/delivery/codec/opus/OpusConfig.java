package io.millrace.delivery.codec.opus;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.failure.MalformedMediaException;

/// `OpusSpecificBox` (`dOps`).
///
/// | field | bytes |
/// |---|---|
/// | Version = 0, OutputChannelCount | 1, 1 |
/// | PreSkip, InputSampleRate, OutputGain | 2, 4, 2 |
/// | ChannelMappingFamily (more where it is not 0) | 1 |
///
/// @param preSkip samples at 48 kHz that a decoder drops at the start
/// @param inputSampleRate of what was encoded, for information; 0 when not known
public record OpusConfig(int channels, int preSkip, long inputSampleRate) implements AudioConfig {
    private static final int LENGTH = 11;

    /// Opus is decoded at this rate whatever it was made from.
    private static final int RATE = 48_000;

    public static OpusConfig parse(byte[] record) throws MalformedMediaException {
        if (record.length < LENGTH || record[0] != 0) {
            throw new MalformedMediaException(
                    "dOps: " + record.length + " bytes (expected: version 0, at least 11)");
        }
        int channels = record[1] & 0xFF;
        if (channels == 0) {
            throw new MalformedMediaException("dOps: no channel (expected: at least 1)");
        }
        int preSkip = (record[2] & 0xFF) << 8 | record[3] & 0xFF;
        long rate =
                (record[4] & 0xFFL) << 24
                        | (record[5] & 0xFF) << 16
                        | (record[6] & 0xFF) << 8
                        | record[7] & 0xFF;
        return new OpusConfig(channels, preSkip, rate);
    }

    @Override
    public int sampleRate() {
        return RATE;
    }

    @Override
    public String codecs() {
        return "Opus";
    }

    @Override
    public String dashCodecs() {
        return "opus";
    }
}
