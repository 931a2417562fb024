package io.millrace.liveingest.webcam;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.demux.CollectedFrames;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Files of ffmpeg whose configuration is taken out, in place.
final class BareContainers {
    static final long FRAMES = 100;
    private static final int CODEC_PRIVATE = 0x63A2;

    private BareContainers() {}

    /// Four seconds of pictures of 320x180 whose key frames have parameter sets, and sound.
    ///
    /// @param variant the sample entry of MP4; whether the NAL units of Matroska stand behind
    ///   "lengths" or "start codes"
    static byte[] make(Path folder, String encoder, String format, String variant)
            throws Exception {
        Path made = folder.resolve("made." + format);
        boolean mp4 = format.equals("mp4");
        String arguments =
                "-y -loglevel error -f lavfi -i testsrc2=rate=25:size=320x180 -f lavfi -i"
                        + " sine=sample_rate=48000 -t 4 -pix_fmt yuv420p -bf 0 -g 25 -preset"
                        + " ultrafast -bsf:v dump_extra=freq=keyframe -c:a libopus -c:v "
                        + encoder
                        + (mp4
                                ? " -tag:v "
                                        + variant
                                        + " -movflags frag_keyframe+empty_moov+default_base_moof"
                                : "")
                        + " -f "
                        + format
                        + " "
                        + made;
        try (var ffmpeg = FfmpegProcess.ffmpeg(folder, arguments.split(" "))) {
            assertThat(ffmpeg.await(60)).as(ffmpeg.output()).isZero();
        }
        byte[] all = Files.readAllBytes(made);
        if (mp4) {
            emptyRecord(all, variant);
        } else {
            if (variant.equals("start codes")) {
                startCodes(made, all);
            }
            voidCodecPrivate(all);
        }
        return all;
    }

    private static int find(byte[] in, byte[] what, int from) {
        for (int at = from; at + what.length <= in.length; at++) {
            if (ByteBuffer.wrap(in, at, what.length).equals(ByteBuffer.wrap(what))) {
                return at;
            }
        }
        throw new AssertionError("not there");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// No parameter set is counted any more; what is behind the count says nothing.
    private static void emptyRecord(byte[] all, String entry) {
        boolean hevc = entry.equals("hev1");
        int record = find(all, ascii(hevc ? "hvcC" : "avcC"), find(all, ascii(entry), 0)) + 4;
        if (hevc) {
            all[record + 22] = 0;
        } else {
            all[record + 5] = (byte) 0xE0;
            all[record + 6] = 0;
        }
    }

    /// The video's, which is the first, becomes an element that says nothing.
    private static void voidCodecPrivate(byte[] all) {
        int at = find(all, new byte[] {CODEC_PRIVATE >> 8, (byte) CODEC_PRIVATE}, 0);
        int first = all[at + 2] & 0xFF;
        all[at] = (byte) 0xEC;
        if (first >= 0x80) { // one byte of size: now two
            all[at + 1] = 0x40;
            all[at + 2] = (byte) (first & 0x7F);
        } else { // two: now three
            all[at + 1] = 0x20;
            all[at + 2] = (byte) (first & 0x3F);
        }
    }

    /// The same bytes, as start codes are as long as lengths.
    private static void startCodes(Path file, byte[] all) throws Exception {
        List<Long> sizes =
                CollectedFrames.byFfmpeg(file, "0:v").stream()
                        .map(packet -> Long.parseLong(packet[4]))
                        .toList();
        int at = 0;
        for (long size : sizes) {
            at = frame(all, at, size);
            int end = at + (int) size;
            while (at < end) {
                int length = ByteBuffer.wrap(all).getInt(at);
                ByteBuffer.wrap(all).putInt(at, 1);
                at += 4 + length;
            }
        }
    }

    /// Where lengths of NAL units come out even with a frame's size, for the first time.
    private static int frame(byte[] all, int from, long size) {
        ByteBuffer in = ByteBuffer.wrap(all);
        for (int at = from; at + size <= all.length; at++) {
            int next = at;
            while (next + 4 < at + size && in.getInt(next) > 1) {
                long length = in.getInt(next);
                if (length > at + size - next - 4) {
                    break;
                }
                next += 4 + (int) length;
            }
            if (next == at + size) {
                return at;
            }
        }
        throw new AssertionError("a frame of " + size + " bytes is not there");
    }
}
