package io.millrace.delivery.exact;

import io.millrace.delivery.testing.Ffmpeg;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What ffmpeg makes of a file: each picture with its time and hash, the audio as 16-bit samples.
///
/// @param pictures in output order
/// @param audioTimesUs presentation time of each decoded audio frame
/// @param pcm interleaved, little endian
/// @param complaints what ffmpeg said at level "error"
record DecodedMedia(
        List<Picture> pictures,
        List<Long> audioTimesUs,
        int sampleRate,
        byte[] pcm,
        String complaints) {

    /// @param timeNs exact to a nanosecond: time bases differ between containers
    record Picture(long timeNs, String hash) {}

    long audioStartUs() {
        return audioTimesUs.isEmpty() ? 0 : audioTimesUs.getFirst();
    }

    /// @param video number of the video stream to decode, from 0; -1 for none
    static DecodedMedia of(Path file, int video, int audio) throws Exception {
        Path folder = Files.createTempDirectory("decoded");
        Path pictures = folder.resolve("v.txt");
        Path frames = folder.resolve("a.txt");
        Path samples = folder.resolve("a.pcm");
        List<String> arguments =
                new ArrayList<>(List.of("-v", "error", "-y", "-copyts", "-noautorotate"));
        arguments.addAll(List.of("-i", file.toString()));
        if (video >= 0) {
            arguments.addAll(List.of("-map", "0:v:" + video, "-fps_mode", "passthrough"));
            arguments.addAll(List.of("-enc_time_base:v", "demux", "-f", "framemd5"));
            arguments.add(pictures.toString());
        }
        if (audio >= 0) {
            arguments.addAll(List.of("-map", "0:a:" + audio, "-enc_time_base:a", "demux"));
            arguments.addAll(List.of("-f", "framemd5", frames.toString()));
            arguments.addAll(List.of("-map", "0:a:" + audio, "-c:a", "pcm_s16le"));
            arguments.addAll(List.of("-f", "s16le", samples.toString()));
        }
        try {
            Ffmpeg.Output output = Ffmpeg.run(arguments);
            List<Picture> decoded = new ArrayList<>();
            if (video >= 0) {
                FrameList list = FrameList.read(pictures);
                for (FrameList.Line line : list.lines) {
                    decoded.add(new Picture(list.toNanos(line.time), line.hash));
                }
            }
            List<Long> times = new ArrayList<>();
            int rate = 0;
            if (audio >= 0) {
                FrameList list = FrameList.read(frames);
                rate = list.sampleRate;
                for (FrameList.Line line : list.lines) {
                    times.add(list.toNanos(line.time) / 1000);
                }
            }
            return new DecodedMedia(
                    decoded,
                    times,
                    rate,
                    audio >= 0 && Files.exists(samples) ? Files.readAllBytes(samples) : new byte[0],
                    output.text());
        } finally {
            for (Path made : List.of(pictures, frames, samples, folder)) {
                Files.deleteIfExists(made);
            }
        }
    }

    /// The output of ffmpeg's framemd5.
    private static final class FrameList {
        private record Line(long time, String hash) {}

        private final List<Line> lines = new ArrayList<>();
        private long numerator = 1;
        private long denominator = 1;
        private int sampleRate;

        static FrameList read(Path file) throws Exception {
            FrameList list = new FrameList();
            if (!Files.exists(file)) {
                return list;
            }
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("#tb 0: ")) {
                    String[] base = line.substring(7).split("/");
                    list.numerator = Long.parseLong(base[0].strip());
                    list.denominator = Long.parseLong(base[1].strip());
                } else if (line.startsWith("#sample_rate 0: ")) {
                    list.sampleRate = Integer.parseInt(line.substring(16).strip());
                } else if (!line.startsWith("#")) {
                    String[] fields = line.split(",");
                    list.lines.add(new Line(Long.parseLong(fields[2].strip()), fields[5].strip()));
                }
            }
            return list;
        }

        long toNanos(long time) {
            return Math.round((double) time * numerator * 1e9 / denominator);
        }
    }
}
