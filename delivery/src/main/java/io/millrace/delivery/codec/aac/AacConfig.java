package io.millrace.delivery.codec.aac;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// `AudioSpecificConfig`, ISO/IEC 14496-3 §1.6.2.1, with explicit and backward compatible SBR and
/// PS signalling.
///
/// @param specificConfig the bytes themselves, as `esds` and FLV carry them
/// @param objectType what the stream is called: 2 LC, 5 HE-AAC, 29 HE-AAC v2, 42 xHE-AAC
/// @param coreObjectType what is under SBR and PS, and what ADTS says
/// @param coreFrequencyIndex index of the core's sample rate; 15 where it is none of the table
/// @param coreChannelConfiguration 0 when a program config element says
/// @param frameLength samples a frame at the core's rate: 1024 or 960
/// @param programConfig the program config element as a raw data block starts with it, whole bytes;
///   empty where the channel configuration says all
public record AacConfig(
        byte[] specificConfig,
        int objectType,
        int coreObjectType,
        int coreFrequencyIndex,
        int coreSampleRate,
        int coreChannelConfiguration,
        int sampleRate,
        int channels,
        int frameLength,
        byte[] programConfig)
        implements AudioConfig {

    private static final int[] FREQUENCIES = {
        96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350
    };
    private static final int[] CHANNELS = {0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0};
    public static final int AOT_SBR = 5;
    public static final int AOT_PS = 29;
    private static final int MAX_LENGTH = 4096;
    private static final byte[] NO_PROGRAM = {};

    public static AacConfig parse(byte[] config) throws MalformedMediaException {
        if (config.length < 2 || config.length > MAX_LENGTH) {
            throw new MalformedMediaException(
                    "AudioSpecificConfig: " + config.length + " bytes (expected: 2..4096)");
        }
        BitReader in = new BitReader(config, 0, config.length);
        int objectType = objectType(in);
        int index = in.bits(4);
        int rate = frequency(in, index);
        int channelConfiguration = in.bits(4);
        int core = objectType;
        int outputRate = rate;
        boolean parametricStereo = objectType == AOT_PS;
        if (objectType == AOT_SBR || objectType == AOT_PS) {
            outputRate = frequency(in, in.bits(4));
            core = objectType(in);
        }
        int frameLength = 1024;
        ProgramConfig program = null;
        if (isGeneralAudio(core)) {
            if (in.flag()) {
                frameLength = 960;
            }
            if (in.flag()) {
                in.skip(14);
            }
            boolean extension = in.flag();
            if (channelConfiguration == 0) {
                program = ProgramConfig.read(in);
            }
            if (core == 6 || core == 20) {
                in.skip(3);
            }
            if (extension && core != 2) {
                // Only the error resilient types have more; nothing we need follows.
                in.skip(Math.min(in.left(), 1));
            }
        }
        if (objectType != AOT_SBR && objectType != AOT_PS && in.left() >= 16) {
            if (in.bits(11) == 0x2B7 && objectType(in) == AOT_SBR && in.flag()) {
                outputRate = frequency(in, in.bits(4));
                objectType = AOT_SBR;
                if (in.left() >= 12 && in.bits(11) == 0x548 && in.flag()) {
                    parametricStereo = true;
                    objectType = AOT_PS;
                }
            }
        }
        int channels = program != null ? program.channels() : CHANNELS[channelConfiguration];
        if (parametricStereo && channels == 1) {
            channels = 2;
        }
        return new AacConfig(
                config,
                objectType,
                core,
                index,
                rate,
                channelConfiguration,
                outputRate,
                channels,
                frameLength,
                program == null ? NO_PROGRAM : program.element());
    }

    private static int objectType(BitReader in) throws MalformedMediaException {
        int type = in.bits(5);
        return type == 31 ? 32 + in.bits(6) : type;
    }

    private static int frequency(BitReader in, int index) throws MalformedMediaException {
        if (index == 15) {
            return in.bits(24);
        }
        if (index >= FREQUENCIES.length) {
            throw new MalformedMediaException(
                    "AudioSpecificConfig: sampling frequency index " + index);
        }
        return FREQUENCIES[index];
    }

    private static boolean isGeneralAudio(int type) {
        return switch (type) {
            case 1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23 -> true;
            default -> false;
        };
    }

    /// Whether ADTS (so MPEG-TS) can carry it: the core must be one of four types, at a rate of the
    /// table, with channels that the header or a program config element can say.
    public boolean fitsAdts() {
        return coreObjectType >= 1
                && coreObjectType <= 4
                && coreFrequencyIndex < FREQUENCIES.length
                && coreChannelConfiguration <= 7
                && (coreChannelConfiguration > 0 || programConfig.length > 0);
    }

    @Override
    public String codecs() {
        return "mp4a.40." + objectType;
    }
}
