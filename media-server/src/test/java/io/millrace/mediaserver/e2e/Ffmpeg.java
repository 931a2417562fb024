package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Loader;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The real ffmpeg and ffprobe, as publisher, as player, and as the maker of test media.
final class Ffmpeg {
    private static final String FFMPEG = Loader.load(org.bytedeco.ffmpeg.ffmpeg.class);
    private static final String FFPROBE = Loader.load(org.bytedeco.ffmpeg.ffprobe.class);

    private Ffmpeg() {}

    /// What a file or URL holds after decoding every frame of its first video stream.
    record Facts(
            long videoFrames, double durationSeconds, int width, int height, int audioStreams) {}

    /// A clip with B-frames, closed GOPs of 2 s and stereo AAC: a moving test picture and a tone.
    static Path clip(Path file, int seconds, int width, int height)
            throws IOException, InterruptedException {
        run(
                120,
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + width + "x" + height + ":rate=25:duration=" + seconds,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=48000:duration=" + seconds,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-bf",
                "2",
                "-g",
                "50",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-ac",
                "2",
                "-b:a",
                "96k",
                "-movflags",
                "+faststart",
                file.toString());
        return file;
    }

    /// Runs ffmpeg and fails on anything it says.
    static void run(int limitSeconds, String... arguments)
            throws IOException, InterruptedException {
        var command =
                new ArrayList<String>(
                        List.of(FFMPEG, "-hide_banner", "-nostdin", "-y", "-v", "error"));
        command.addAll(List.of(arguments));
        assertThat(output(limitSeconds, command))
                .as("ffmpeg " + String.join(" ", arguments))
                .isEmpty();
    }

    /// Decodes every stream of an input; a decoder's complaint fails.
    static void decode(String input) throws IOException, InterruptedException {
        run(120, "-xerror", "-i", input, "-map", "0", "-f", "null", "-");
    }

    static Facts facts(String input) throws IOException, InterruptedException {
        JsonNode probe =
                JsonMapper.shared()
                        .readTree(
                                output(
                                        120,
                                        List.of(
                                                FFPROBE,
                                                "-v",
                                                "error",
                                                "-count_frames",
                                                "-of",
                                                "json",
                                                "-show_streams",
                                                "-show_format",
                                                input)));
        long frames = 0;
        int width = 0;
        int height = 0;
        int audio = 0;
        for (JsonNode stream : probe.path("streams")) {
            if (stream.path("codec_type").asString("").equals("audio")) {
                audio++;
            } else if (frames == 0 && stream.path("codec_type").asString("").equals("video")) {
                frames = Long.parseLong(stream.path("nb_read_frames").asString("0"));
                width = stream.path("width").asInt(0);
                height = stream.path("height").asInt(0);
            }
        }
        double duration = Double.parseDouble(probe.path("format").path("duration").asString("0"));
        return new Facts(frames, duration, width, height, audio);
    }

    /// How many coded pictures an input's first video stream has, whether they can be decoded or
    /// not.
    static long pictures(Path file) throws IOException, InterruptedException {
        JsonNode probe =
                JsonMapper.shared()
                        .readTree(
                                output(
                                        120,
                                        List.of(
                                                FFPROBE,
                                                "-v",
                                                "fatal",
                                                "-count_packets",
                                                "-select_streams",
                                                "v:0",
                                                "-of",
                                                "json",
                                                "-show_streams",
                                                file.toString())));
        return Long.parseLong(probe.path("streams").path(0).path("nb_read_packets").asString("0"));
    }

    /// Publishes a file in real time; the caller stops the process. As a camera does: it has no
    /// future to send half a second of at the start.
    ///
    /// @param output more options of the output
    static Process publish(Path file, String rtmpUrl, Path log, String... output)
            throws IOException {
        var command =
                new ArrayList<String>(List.of(FFMPEG, "-hide_banner", "-nostdin", "-v", "info"));
        command.addAll(List.of("-re", "-readrate_initial_burst", "0.01"));
        command.addAll(List.of("-stream_loop", "-1", "-i", file.toString(), "-c", "copy"));
        command.addAll(List.of(output));
        command.addAll(List.of("-f", "flv", rtmpUrl));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static String output(int limitSeconds, List<String> command)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("ffmpeg-", ".log");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        "not done in "
                                + limitSeconds
                                + " s: "
                                + command
                                + "\n"
                                + Files.readString(log));
            }
            String text = Files.readString(log, StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(command + "\n" + text).isZero();
            return text;
        } finally {
            Files.deleteIfExists(log);
        }
    }
}
