package io.millrace.delivery.mpegts;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.dolby.Eac3Config;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.codec.mp3.Mp3Config;
import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/// How one codec travels in a transport stream: its `stream_type`, what the PMT says of it, and
/// what is put before each access unit.
///
/// @param streamType of the PMT
/// @param streamId of the PES header
/// @param descriptors ES info bytes for the PMT
/// @param nalLengthSize bytes of the length before each NAL unit of a sample, which a start code
///   replaces; 0 for codecs without
/// @param delimiter bytes put before each access unit (an AUD with its start code); empty when none
/// @param parameterSets bytes put between delimiter and access unit on sync samples
/// @param adts what stands before each AAC frame: a header, whose frame length is patched per
///   frame, and where the header cannot say the channels, the element that does; null for other
///   codecs
public record TsStream(
        boolean video,
        int streamType,
        int streamId,
        byte[] descriptors,
        int nalLengthSize,
        byte[] delimiter,
        byte[] parameterSets,
        byte @Nullable [] adts) {

    /// `00 00 00 01 09 F0`: any slice type.
    static final byte[] AVC_DELIMITER = {0, 0, 0, 1, 0x09, (byte) 0xF0};

    /// `00 00 00 01 46 01 50`.
    static final byte[] HEVC_DELIMITER = {0, 0, 0, 1, 0x46, 0x01, 0x50};

    private static final byte[] NONE = {};

    public static TsStream of(CodecConfig config, String language)
            throws UnsupportedMediaException {
        return switch (config) {
            case AvcConfig avc -> {
                yield new TsStream(
                        true,
                        0x1B,
                        0xE0,
                        NONE,
                        nalLength(avc.nalLengthSize()),
                        AVC_DELIMITER,
                        annexB(avc.parameterSets()),
                        null);
            }
            case HevcConfig hevc -> {
                yield new TsStream(
                        true,
                        0x24,
                        0xE0,
                        NONE,
                        nalLength(hevc.nalLengthSize()),
                        HEVC_DELIMITER,
                        annexB(hevc.parameterSets()),
                        null);
            }
            case AacConfig aac -> {
                if (!aac.fitsAdts()) {
                    throw new UnsupportedMediaException(
                            aac.codecs() + " has no ADTS form (expected: played as fMP4)");
                }
                yield new TsStream(
                        false, 0x0F, 0xC0, language(language), 0, NONE, NONE, adtsHeader(aac));
            }
            // Private stream 1 with a registration descriptor, ETSI TS 101 154 and ATSC A/52.
            case Ac3Config _ -> audio(0x81, 0xBD, registration("AC-3"), language);
            case Eac3Config _ -> audio(0x87, 0xBD, registration("EAC3"), language);
            case Mp3Config mp3 -> audio(mp3.isMpeg1() ? 0x03 : 0x04, 0xC0, NONE, language);
            default ->
                    throw new UnsupportedMediaException(
                            config.codecs() + " does not travel in MPEG-TS (expected: fMP4)");
        };
    }

    private static TsStream audio(
            int streamType, int streamId, byte[] registration, String language) {
        byte[] descriptors =
                Arrays.copyOf(registration, registration.length + language(language).length);
        System.arraycopy(
                language(language), 0, descriptors, registration.length, language(language).length);
        return new TsStream(false, streamType, streamId, descriptors, 0, NONE, NONE, null);
    }

    private static byte[] registration(String format) {
        byte[] descriptor = new byte[6];
        descriptor[0] = 5;
        descriptor[1] = 4;
        for (int i = 0; i < 4; i++) {
            descriptor[2 + i] = (byte) format.charAt(i);
        }
        return descriptor;
    }

    /// Whether a codec travels in MPEG-TS.
    public static boolean carries(CodecConfig config) {
        try {
            of(config, "und");
            return true;
        } catch (UnsupportedMediaException _) {
            return false;
        }
    }

    private static int nalLength(int size) throws UnsupportedMediaException {
        if (size != 1 && size != 2 && size != 4) {
            throw new UnsupportedMediaException("NAL length size " + size + " (expected: 1, 2, 4)");
        }
        return size;
    }

    private static byte[] annexB(List<byte[]> nals) {
        int size = 0;
        for (byte[] nal : nals) {
            size += 4 + nal.length;
        }
        byte[] bytes = new byte[size];
        int at = 0;
        for (byte[] nal : nals) {
            bytes[at + 3] = 1;
            System.arraycopy(nal, 0, bytes, at + 4, nal.length);
            at += 4 + nal.length;
        }
        return bytes;
    }

    /// ADTS fixed and variable header, ISO/IEC 14496-3 §1.A.3.2, with frame length 0. Channel
    /// configuration 0 means that the frame starts with a program config element: it follows here.
    private static byte[] adtsHeader(AacConfig aac) {
        int channels = aac.coreChannelConfiguration();
        byte[] header = {
            (byte) 0xFF,
            (byte) 0xF1, // MPEG-4, no CRC
            (byte) (aac.coreObjectType() - 1 << 6 | aac.coreFrequencyIndex() << 2 | channels >> 2),
            (byte) ((channels & 3) << 6),
            0,
            0x1F, // buffer fullness 0x7FF: variable rate
            (byte) 0xFC
        };
        byte[] program = aac.programConfig();
        byte[] all = Arrays.copyOf(header, header.length + program.length);
        System.arraycopy(program, 0, all, header.length, program.length);
        return all;
    }

    private static byte[] language(String code) {
        if (code.length() != 3 || code.equals("und")) {
            return NONE;
        }
        return new byte[] {
            0x0A, 4, (byte) code.charAt(0), (byte) code.charAt(1), (byte) code.charAt(2), 0
        };
    }
}
