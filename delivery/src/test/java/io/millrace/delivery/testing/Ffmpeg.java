package io.millrace.delivery.testing;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The bundled ffmpeg, as a real encoder and a real player.
public final class Ffmpeg {
    private static final Pattern FRAMES = Pattern.compile("frame=\\s*(\\d+)");
    private static final String PROGRAM = Loader.load(org.bytedeco.ffmpeg.ffmpeg.class);

    private Ffmpeg() {}

    /// What a run printed.
    public record Output(int exitCode, String text) {
        /// Frames of the last progress line.
        public int frames() {
            Matcher matcher = FRAMES.matcher(text);
            int frames = -1;
            while (matcher.find()) {
                frames = Integer.parseInt(matcher.group(1));
            }
            return frames;
        }
    }

    /// Runs ffmpeg; fails when it takes longer than a minute.
    public static Output run(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(PROGRAM, "-hide_banner", "-nostdin"));
        command.addAll(arguments);
        Path output = Files.createTempFile("ffmpeg", ".log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IOException("ffmpeg did not end: " + Files.readString(output));
            }
            return new Output(
                    process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(output);
        }
    }

    /// A clip with moving picture and sound, H.264 with B-frames and AAC; a key frame each second.
    public static void makeClip(Path target, int width, int height, int seconds)
            throws IOException, InterruptedException {
        Output made =
                run(
                        List.of(
                                "-v",
                                "error",
                                "-y",
                                "-f",
                                "lavfi",
                                "-i",
                                "testsrc2=size=" + width + "x" + height + ":rate=25",
                                "-f",
                                "lavfi",
                                "-i",
                                "sine=frequency=440:sample_rate=44100",
                                "-t",
                                Integer.toString(seconds),
                                "-c:v",
                                "libx264",
                                "-preset",
                                "ultrafast",
                                "-bf",
                                "2",
                                "-g",
                                "25",
                                "-keyint_min",
                                "25",
                                "-sc_threshold",
                                "0",
                                "-pix_fmt",
                                "yuv420p",
                                "-c:a",
                                "aac",
                                "-movflags",
                                "+faststart",
                                target.toString()));
        if (made.exitCode() != 0) {
            throw new IOException("ffmpeg could not make a clip: " + made.text());
        }
    }

    /// Decodes every stream of a URL; warnings and errors are in the output, then the frame count
    /// of the first video. A stream left out would be cut off in the middle of a packet, which
    /// ffmpeg reports.
    public static Output decode(String url) throws IOException, InterruptedException {
        return run(
                List.of(
                        "-v", "warning", "-stats", "-i", url, "-map", "0:v", "-map", "0:a", "-f",
                        "null", "-"));
    }
}
