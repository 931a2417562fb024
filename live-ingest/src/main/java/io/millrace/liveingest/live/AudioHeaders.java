package io.millrace.liveingest.live;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.codec.mp3.Mp3Config;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// From the headers of audio frames, or what a publisher sends ahead of them, to the boxes of their
/// sample entries.
final class AudioHeaders {
    private static final int AC3_SYNC = 0x0B77;
    private static final int AC3_FRAME = 1536;
    private static final int BLOCK = 256;
    private static final int[] AC3_RATES = {48_000, 44_100, 32_000};
    private static final int[] MP3_RATES = {44_100, 48_000, 32_000};
    private static final byte[] FLAC_MAGIC = "fLaC".getBytes(StandardCharsets.US_ASCII);
    private static final int STREAM_INFO_BYTES = 34;

    private AudioHeaders() {}

    /// A box's body, and what the first frame says of length and rate.
    record Dolby(byte[] box, int sampleRate, int frameLength) {}

    record Mp3(Mp3Config config, int frameLength) {}

    /// `dac3` from a syncframe's `syncinfo` and `bsi`, ETSI TS 102 366 §4.3.
    static Dolby ac3(byte[] frame) throws MalformedMediaException {
        BitReader in = new BitReader(frame, 0, frame.length);
        sync(in.bits(16));
        in.skip(16); // crc1
        int rate = in.bits(2);
        int size = in.bits(6);
        int bitStream = in.bits(5);
        int mode = in.bits(3);
        int channels = in.bits(3);
        if ((channels & 1) != 0 && channels != 1) {
            in.skip(2); // cmixlev
        }
        if ((channels & 4) != 0) {
            in.skip(2); // surmixlev
        }
        if (channels == 2) {
            in.skip(2); // dsurmod
        }
        int low = in.bits(1);
        if (rate == 3 || bitStream > 8) {
            throw new MalformedMediaException("AC-3 frame: rate " + rate + ", bsid " + bitStream);
        }
        int bits =
                rate << 22
                        | bitStream << 17
                        | mode << 14
                        | channels << 11
                        | low << 10
                        | (size >> 1) << 5;
        byte[] box = {(byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
        return new Dolby(box, AC3_RATES[rate], AC3_FRAME);
    }

    /// `dec3` of one independent substream, ETSI TS 102 366 §E.1.2 and §F.6.
    static Dolby eac3(byte[] frame) throws MalformedMediaException {
        BitReader in = new BitReader(frame, 0, frame.length);
        sync(in.bits(16));
        in.skip(2 + 3);
        int bytes = 2 * (in.bits(11) + 1);
        int rateCode = in.bits(2);
        int more = in.bits(2);
        int rate = rateCode < 3 ? AC3_RATES[rateCode] : more < 3 ? AC3_RATES[more] / 2 : 0;
        int blocks = rateCode == 3 || more == 3 ? 6 : more + 1;
        int channels = in.bits(3);
        int low = in.bits(1);
        int bitStream = in.bits(5);
        if (rate == 0 || bitStream < 11 || bitStream > 16) {
            throw new MalformedMediaException("E-AC-3 frame: rate " + rate + ", bsid " + bitStream);
        }
        int kilobits = Math.min(8191, (int) (bytes * 8L * rate / (blocks * BLOCK) / 1000));
        byte[] box = {
            (byte) (kilobits >> 5),
            (byte) (kilobits << 3), // one substream
            (byte) (rateCode << 6 | bitStream << 1),
            (byte) (channels << 1 | low),
            0
        };
        return new Dolby(box, rate, blocks * BLOCK);
    }

    private static void sync(int word) throws MalformedMediaException {
        if (word != AC3_SYNC) {
            throw new MalformedMediaException("AC-3 frame: begins with " + word);
        }
    }

    /// The header of an MPEG audio frame, ISO/IEC 11172-3 §2.4.1.3.
    static Mp3 mp3(byte[] frame) throws MalformedMediaException, UnsupportedMediaException {
        BitReader in = new BitReader(frame, 0, frame.length);
        int sync = in.bits(11);
        int version = in.bits(2); // 3: MPEG-1, 2: MPEG-2, 0: "2.5"
        int layer = in.bits(2);
        in.skip(1 + 4);
        int rate = in.bits(2);
        in.skip(2);
        int mode = in.bits(2);
        if (sync != 0x7FF || version == 1 || rate == 3) {
            throw new MalformedMediaException("MP3 frame: no header");
        }
        if (layer != 1) {
            throw new UnsupportedMediaException("MPEG audio of layer " + (4 - layer));
        }
        int hertz = MP3_RATES[rate] / (version == 3 ? 1 : version == 2 ? 2 : 4);
        return new Mp3(new Mp3Config(hertz, mode == 3 ? 1 : 2), version == 3 ? 1152 : 576);
    }

    /// `dfLa`: version and flags, and STREAMINFO as the last metadata block. Publishers send it
    /// behind `fLaC`, or as a block, or bare.
    static byte[] flac(byte[] header) throws MalformedMediaException {
        int at = 0;
        if (header.length >= 4 && Arrays.equals(header, 0, 4, FLAC_MAGIC, 0, 4)) {
            at = 4;
        }
        if (header.length - at >= 4 + STREAM_INFO_BYTES) {
            at += 4;
        }
        if (header.length - at < STREAM_INFO_BYTES) {
            throw new MalformedMediaException(
                    "FLAC header: " + header.length + " bytes (expected: STREAMINFO)");
        }
        byte[] box = new byte[8 + STREAM_INFO_BYTES];
        box[4] = (byte) 0x80;
        box[7] = STREAM_INFO_BYTES;
        System.arraycopy(header, at, box, 8, STREAM_INFO_BYTES);
        return box;
    }
}
