package io.millrace.delivery.codec.dolby;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// `EC3SpecificBox` (`dec3`), ETSI TS 102 366 §F.6; its extension for sound objects (Dolby Atmos),
/// ETSI TS 103 420 §C.3.
///
/// | field | bits |
/// |---|---|
/// | data_rate, num_ind_sub | 13, 3 |
/// | per independent substream: fscod, bsid, reserved, asvc, bsmod, acmod, lfeon | 2, 5, 1, 1, 3, 3, 1 |
/// | reserved, num_dep_sub | 3, 4 |
/// | chan_loc where num_dep_sub > 0, else reserved | 9 or 1 |
/// | reserved, flag_ec3_extension_type_a, complexity_index_type_a | 7, 1, 8 |
///
/// @param objects complexity index of the sound objects, 0 when there are none
public record Eac3Config(int sampleRate, int channels, int objects) implements AudioConfig {
    /// Channels that each bit of `chan_loc` adds, from its highest bit on: Lc/Rc, Lrs/Rrs, Cs, Ts,
    /// Lsd/Rsd, Lw/Rw, Lvh/Rvh, Cvh, LFE2.
    private static final int[] LOCATIONS = {2, 2, 1, 1, 2, 2, 2, 1, 1};

    /// @param entryRate of the sample entry, for a rate code that says nothing
    public static Eac3Config parse(byte[] record, int entryRate) throws MalformedMediaException {
        if (record.length < 5) {
            throw new MalformedMediaException(
                    "dec3: " + record.length + " bytes (expected: at least 5)");
        }
        BitReader in = new BitReader(record, 0, record.length);
        in.skip(13);
        int independent = in.bits(3) + 1;
        int rate = entryRate;
        int channels = 0;
        for (int i = 0; i < independent; i++) {
            int code = in.bits(2);
            in.skip(5 + 1 + 1 + 3);
            int full = Ac3Config.fullBand(in.bits(3)) + in.bits(1);
            in.skip(3);
            int more = 0;
            if (in.bits(4) > 0) {
                for (int added : LOCATIONS) {
                    more += in.flag() ? added : 0;
                }
            } else {
                in.skip(1);
            }
            // The first program is what is played.
            if (i == 0) {
                rate = Ac3Config.rate(code, entryRate);
                channels = full + more;
            }
        }
        int objects = 0;
        if (in.left() >= 16) {
            in.skip(7);
            objects = in.flag() ? in.bits(8) : 0;
        }
        return new Eac3Config(rate, channels, objects);
    }

    @Override
    public String codecs() {
        return "ec-3";
    }

    @Override
    public String hlsChannels() {
        return objects > 0 ? objects + "/JOC" : Integer.toString(channels);
    }
}
