package io.millrace.delivery.packaging;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.FourCc;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.mpegts.TsStream;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// What the PMT says of encrypted streams, by Apple's "MPEG-2 Stream Encryption Format for HTTP
/// Live Streaming": stream types of their own, a private data indicator that names the format, and
/// for audio a registration descriptor with what a decoder needs before it can decrypt.
///
/// | codec | stream_type | indicator | audio type |
/// |---|---|---|---|
/// | H.264 | 0xDB | zavc | |
/// | AAC-LC, HE-AAC, HE-AAC v2 | 0xCF | aacd | zaac, zach, zacp |
/// | AC-3 | 0xC1 | ac3d | zac3 |
/// | E-AC-3 | 0xC2 | ec3d | zec3 |
final class SampleAesStreams {
    private static final int PRIVATE_DATA_INDICATOR = 0x0F;
    private static final int REGISTRATION = 0x05;
    private static final int AC3_SETUP_BYTES = 10;

    private SampleAesStreams() {}

    /// @param clear the stream unencrypted
    /// @param firstFrame the first bytes of the track's samples in the segment
    static TsStream of(TsStream clear, Track track, byte[] firstFrame)
            throws UnsupportedMediaException {
        CodecConfig codec = track.codec();
        if (codec instanceof AvcConfig) {
            return stream(clear, 0xDB, descriptor(PRIVATE_DATA_INDICATOR, ascii("zavc")));
        }
        if (codec instanceof AacConfig aac) {
            String type =
                    switch (aac.objectType()) {
                        case AacConfig.AOT_SBR -> "zach";
                        case AacConfig.AOT_PS -> "zacp";
                        default -> "zaac";
                    };
            return audio(clear, 0xCF, "aacd", type, aac.specificConfig());
        }
        return switch (codec.codecs()) {
            case "ac-3" -> audio(clear, 0xC1, "ac3d", "zac3", start(firstFrame));
            case "ec-3" -> audio(clear, 0xC2, "ec3d", "zec3", child(track.sampleEntry(), "dec3"));
            default ->
                    throw new UnsupportedMediaException(
                            codec.codecs() + " has no SAMPLE-AES form in MPEG-TS (expected: fMP4)");
        };
    }

    private static byte[] start(byte[] frame) {
        return java.util.Arrays.copyOf(frame, Math.min(frame.length, AC3_SETUP_BYTES));
    }

    private static TsStream audio(
            TsStream clear, int streamType, String indicator, String audioType, byte[] setup) {
        var body = new ByteArrayOutputStream();
        body.writeBytes(ascii("apad"));
        body.writeBytes(ascii(audioType));
        body.write(0); // priming, two bytes
        body.write(0);
        body.write(1); // version
        body.write(setup.length);
        body.writeBytes(setup);
        var all = new ByteArrayOutputStream();
        all.writeBytes(descriptor(PRIVATE_DATA_INDICATOR, ascii(indicator)));
        all.writeBytes(descriptor(REGISTRATION, body.toByteArray()));
        all.writeBytes(language(clear.descriptors()));
        return stream(clear, streamType, all.toByteArray());
    }

    /// The language descriptor among those of the clear stream.
    private static byte[] language(byte[] descriptors) {
        for (int at = 0; at + 2 <= descriptors.length; at += 2 + descriptors[at + 1]) {
            if (descriptors[at] == 0x0A) {
                return java.util.Arrays.copyOfRange(descriptors, at, at + 2 + descriptors[at + 1]);
            }
        }
        return new byte[0];
    }

    private static TsStream stream(TsStream clear, int streamType, byte[] descriptors) {
        return new TsStream(
                clear.video(),
                streamType,
                clear.streamId(),
                descriptors,
                clear.nalLengthSize(),
                clear.delimiter(),
                clear.parameterSets(),
                clear.adts());
    }

    private static byte[] descriptor(int tag, byte[] body) {
        return ByteBuffer.allocate(2 + body.length)
                .put((byte) tag)
                .put((byte) body.length)
                .put(body)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// The payload of a box inside an audio sample entry.
    private static byte[] child(byte[] entry, String type) throws UnsupportedMediaException {
        ByteBuffer in = ByteBuffer.wrap(entry);
        int at = 8 + 28;
        while (at + 8 <= entry.length) {
            int size = in.getInt(at);
            if (size < 8 || size > entry.length - at) {
                break;
            }
            if (in.getInt(at + 4) == FourCc.of(type) && size <= 8 + 200) {
                return java.util.Arrays.copyOfRange(entry, at + 8, at + size);
            }
            at += size;
        }
        throw new UnsupportedMediaException("the audio's sample entry has no " + type);
    }
}
