package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.FfmpegProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A clip whose every packet is known: published as it is, so that a recording can be compared with
/// it packet by packet.
final class SourceClip {
    private static final double AUDIO_FRAME_SECONDS = 1024 / 48_000.0;

    final Path file;
    final List<String> video;
    final List<String> audio;

    private SourceClip(Path file, List<String> video, List<String> audio) {
        this.file = file;
        this.video = video;
        this.audio = audio;
    }

    /// 25 frames a second with B-frames, a key frame a second, noise as sound (no packet twice).
    static SourceClip make(Path folder, int seconds) throws Exception {
        Path file = folder.resolve("source-" + seconds + ".flv");
        String[] arguments =
                ("-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i anoisesrc=a=0.1:r=48000"
                                + " -t "
                                + seconds
                                + " -c:v libx264 -preset ultrafast -bf 2 -g 25 -threads 1 -pix_fmt"
                                + " yuv420p -c:a aac -b:a 64k -f flv")
                        .split(" ");
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = file.toString();
        try (var encoder = FfmpegProcess.ffmpeg(folder, all)) {
            assertThat(encoder.await(60)).isZero();
        }
        return new SourceClip(file, packets(folder, file, "v"), packets(folder, file, "a"));
    }

    /// The packets of a track, each by its size and MD5.
    static List<String> packets(Path folder, Path file, String track) throws Exception {
        Path list = Files.createTempFile(folder, "packets", ".txt");
        try (var reader =
                FfmpegProcess.ffmpeg(
                        folder,
                        "-loglevel",
                        "error",
                        "-y",
                        "-i",
                        file.toString(),
                        "-map",
                        "0:" + track + ":0",
                        "-c",
                        "copy",
                        "-f",
                        "framemd5",
                        list.toString())) {
            assertThat(reader.await(60)).isZero();
            assertThat(reader.output()).as("%s of %s", track, file).isEmpty();
        }
        List<String> packets = new ArrayList<>();
        for (String line : Files.readAllLines(list)) {
            if (!line.startsWith("#")) {
                String[] field = line.split(",");
                packets.add(field[4].strip() + ' ' + field[5].strip());
            }
        }
        Files.delete(list);
        return packets;
    }

    /// Publishes in real time; the media time that was sent is in `progress`.
    FfmpegProcess publish(Path folder, String url, Path progress) throws IOException {
        return FfmpegProcess.ffmpeg(
                folder,
                "-loglevel",
                "error",
                "-stats_period",
                "0.1",
                "-progress",
                progress.toString(),
                "-re",
                "-i",
                file.toString(),
                "-c",
                "copy",
                "-f",
                "flv",
                url);
    }

    static double sentSeconds(Path progress) throws IOException {
        double sent = 0;
        for (String line :
                Files.exists(progress) ? Files.readAllLines(progress) : List.<String>of()) {
            if (line.startsWith("out_time_us=") && !line.endsWith("N/A")) {
                sent = Long.parseLong(line.substring("out_time_us=".length())) / 1e6;
            }
        }
        return sent;
    }

    static double videoSeconds(List<String> packets) {
        return packets.size() / 25.0;
    }

    static double audioSeconds(List<String> packets) {
        return packets.size() * AUDIO_FRAME_SECONDS;
    }
}
