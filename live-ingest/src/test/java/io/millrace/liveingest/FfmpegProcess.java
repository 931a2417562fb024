package io.millrace.liveingest;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The bundled ffmpeg or ffprobe as a real peer. Its output goes to a file, so that it never
/// blocks.
public final class FfmpegProcess implements AutoCloseable {
    private final Process process;
    private final Path output;

    private FfmpegProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    public static FfmpegProcess ffmpeg(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Loader.load(org.bytedeco.ffmpeg.ffmpeg.class));
        command.addAll(List.of("-hide_banner", "-nostdin", "-loglevel", "info"));
        command.addAll(List.of(arguments));
        return start(folder, command);
    }

    public static FfmpegProcess ffprobe(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Loader.load(org.bytedeco.ffmpeg.ffprobe.class));
        command.addAll(List.of("-hide_banner", "-loglevel", "error"));
        command.addAll(List.of(arguments));
        return start(folder, command);
    }

    /// Another real peer.
    ///
    /// @throws IOException when it is not installed
    public static FfmpegProcess program(Path folder, String... command) throws IOException {
        return start(folder, List.of(command));
    }

    private static FfmpegProcess start(Path folder, List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "ffmpeg", ".log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        return new FfmpegProcess(process, output);
    }

    /// A picture that changes, a tone, B-frames, and a key frame every second.
    public static String[] testSignal(int seconds, String url) {
        return new String[] {
            "-re",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=320x180:rate=25",
            "-re",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=440:sample_rate=48000",
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
            "-pix_fmt",
            "yuv420p",
            "-threads",
            "1",
            "-c:a",
            "aac",
            "-b:a",
            "64k",
            "-f",
            "flv",
            url
        };
    }

    /// The same as fast as it can be made.
    public static String[] testFile(int seconds, String file) {
        return Arrays.stream(testSignal(seconds, file))
                .filter(argument -> !argument.equals("-re"))
                .toArray(String[]::new);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public void kill() {
        process.destroyForcibly();
    }

    /// Asks it to stop as ^C does: it unpublishes.
    public void interrupt() {
        process.destroy();
    }

    public int await(long seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    public String output() throws IOException {
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
