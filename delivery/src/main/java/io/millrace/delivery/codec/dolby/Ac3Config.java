package io.millrace.delivery.codec.dolby;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// `AC3SpecificBox` (`dac3`), ETSI TS 102 366 §F.4.
///
/// | field | bits |
/// |---|---|
/// | fscod, bsid, bsmod | 2, 5, 3 |
/// | acmod, lfeon | 3, 1 |
/// | bit_rate_code, reserved | 5, 5 |
///
/// The sample entry's own channel count is often 2 whatever the stream has.
public record Ac3Config(int sampleRate, int channels) implements AudioConfig {
    /// Channels of each `acmod`, without the low frequency one.
    private static final int[] FULL_BAND = {2, 1, 2, 3, 3, 4, 4, 5};

    private static final int[] RATES = {48_000, 44_100, 32_000};

    /// @param entryRate of the sample entry, for a rate code that says nothing
    public static Ac3Config parse(byte[] record, int entryRate) throws MalformedMediaException {
        if (record.length < 3) {
            throw new MalformedMediaException("dac3: " + record.length + " bytes (expected: 3)");
        }
        BitReader in = new BitReader(record, 0, record.length);
        int rate = rate(in.bits(2), entryRate);
        in.skip(5 + 3);
        int channels = fullBand(in.bits(3)) + in.bits(1);
        return new Ac3Config(rate, channels);
    }

    static int rate(int code, int otherwise) {
        return code < RATES.length ? RATES[code] : otherwise;
    }

    static int fullBand(int mode) {
        return FULL_BAND[mode];
    }

    @Override
    public String codecs() {
        return "ac-3";
    }
}
