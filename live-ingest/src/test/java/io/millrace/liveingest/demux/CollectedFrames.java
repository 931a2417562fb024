package io.millrace.liveingest.demux;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.testing.Ffmpeg;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.Adler32;

/// What a demuxer tells, one line each; frames with the checksum that ffmpeg's framecrc has.
public final class CollectedFrames implements Demuxer.Output {
    final List<DemuxedTrack> tracks = new ArrayList<>();
    final List<String> frames = new ArrayList<>();

    /// All of a file, in pieces.
    ///
    /// @param demuxer is closed
    /// @param splits where pieces end, but for the last
    static CollectedFrames of(Demuxer demuxer, byte[] bytes, int... splits) throws MediaException {
        var frames = new CollectedFrames();
        try (demuxer) {
            int from = 0;
            for (int split : splits) {
                demuxer.read(Unpooled.wrappedBuffer(bytes, from, split - from), frames);
                from = split;
            }
            demuxer.read(Unpooled.wrappedBuffer(bytes, from, bytes.length - from), frames);
        }
        return frames;
    }

    /// Splits after every byte.
    static int[] everyByte(byte[] bytes) {
        return IntStream.range(1, bytes.length).toArray();
    }

    /// One of Chromium's own recordings of its fake camera and microphone.
    public static byte[] recording(String name) throws IOException {
        try (InputStream in = CollectedFrames.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    /// The packets of a file as ffmpeg's framecrc tells them: stream, decode time, presentation
    /// time, duration, size, checksum.
    ///
    /// @param maps which streams, in which order, as ffmpeg writes it; all, where none are given
    public static List<String[]> byFfmpeg(Path file, String... maps) throws Exception {
        List<String> command = new ArrayList<>(List.of("-v", "error", "-i", file.toString()));
        for (String map : maps.length == 0 ? new String[] {"0"} : maps) {
            command.addAll(List.of("-map", map));
        }
        command.addAll(List.of("-c", "copy", "-copyts", "-f", "framecrc", "-"));
        Ffmpeg.Output read = Ffmpeg.run(command);
        assertThat(read.exitCode()).as(read.text()).isZero();
        return read.text()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.strip().split(", *"))
                .filter(field -> field.length >= 6)
                .toList();
    }

    /// Two seconds of a picture that changes and a tone.
    ///
    /// @param options of the output, its file last
    static void makeClip(String... options) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "-v",
                                "error",
                                "-y",
                                "-f",
                                "lavfi",
                                "-i",
                                "testsrc2=size=160x120:rate=10",
                                "-f",
                                "lavfi",
                                "-i",
                                "sine=frequency=440:sample_rate=48000",
                                "-t",
                                "2",
                                "-g",
                                "10",
                                "-pix_fmt",
                                "yuv420p"));
        command.addAll(List.of(options));
        Ffmpeg.Output made = Ffmpeg.run(command);
        assertThat(made.exitCode()).as(made.text()).isZero();
    }

    @Override
    public void tracks(List<DemuxedTrack> told) {
        tracks.addAll(told);
    }

    @Override
    public void frame(
            DemuxedTrack track, long timeMs, int compositionMs, boolean keyFrame, ByteBuf data) {
        var sum = new Adler32();
        byte[] bytes = ByteBufUtil.getBytes(data);
        // framecrc starts at 0, Adler-32 at 1: the difference is the length, and 1.
        sum.update(bytes);
        long a = (sum.getValue() & 0xFFFF) - 1;
        long b = (sum.getValue() >> 16) - bytes.length;
        long crc = Math.floorMod(b, 65521L) << 16 | Math.floorMod(a, 65521L);
        frames.add(
                track.kind()
                        + " "
                        + timeMs
                        + "+"
                        + compositionMs
                        + (keyFrame ? " key " : " ")
                        + bytes.length
                        + " 0x"
                        + String.format("%08x", crc));
    }
}
