package io.millrace.mediaserver.demo;

import io.millrace.storage.process.FfmpegPrograms;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Makes a clip with the bundled ffmpeg, for a demo without a file.
public final class TestMedia {
    private static final int SECONDS = 20;

    private TestMedia() {}

    /// A moving test picture of 1280x720 with a clock and a tone. The folder is made if it is
    /// missing.
    public static Path clip(FfmpegPrograms programs, Path folder)
            throws IOException, InterruptedException {
        return clip(programs, folder, "1280x720", SECONDS);
    }

    /// @param size width x height
    public static Path clip(FfmpegPrograms programs, Path folder, String size, int seconds)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path file = folder.resolve("test-picture.mp4");
        var command =
                new ArrayList<String>(
                        List.of(programs.ffmpeg().toString(), "-v", "error", "-nostdin", "-y"));
        command.addAll(source(size, 30, seconds));
        command.addAll(encoder(programs, 3000));
        command.addAll(List.of("-movflags", "+faststart", file.toString()));
        Process process =
                programs.environment(new ProcessBuilder(command))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException("making the test clip took more than two minutes");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    "ffmpeg could not make the test clip: exit code " + process.exitValue());
        }
        return file;
    }

    /// @param seconds 0 is endless
    static List<String> source(String size, int framesPerSecond, int seconds) {
        String duration = seconds > 0 ? ":duration=" + seconds : "";
        return List.of(
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + size + ":rate=" + framesPerSecond + duration,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:beep_factor=4:sample_rate=48000" + duration);
    }

    /// Two-second closed GOPs.
    static List<String> encoder(FfmpegPrograms programs, int kbps) {
        var options =
                new ArrayList<String>(
                        List.of("-c:v", programs.encoders().getFirst(), "-b:v", kbps + "k"));
        if (programs.encoders().getFirst().equals("libx264")) {
            options.addAll(List.of("-preset", "ultrafast", "-tune", "zerolatency"));
        }
        options.addAll(
                List.of(
                        "-pix_fmt",
                        "yuv420p",
                        "-force_key_frames",
                        "expr:gte(t,n_forced*2)",
                        "-g",
                        "250",
                        "-c:a",
                        "aac",
                        "-b:a",
                        "96k",
                        "-ac",
                        "2"));
        return options;
    }
}
