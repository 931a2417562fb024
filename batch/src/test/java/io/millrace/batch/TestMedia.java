package io.millrace.batch;

import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Clips made with the real ffmpeg, and an ffprobe without any of our code, to check ours against.
public final class TestMedia {
    private static final FfmpegPrograms PROGRAMS = load();
    private static final Sandbox SANDBOX = detect();

    private TestMedia() {}

    public static FfmpegPrograms programs() {
        return PROGRAMS;
    }

    public static Sandbox sandbox() {
        return SANDBOX;
    }

    /// Moving picture and a tone.
    public static Path clip(Path file, double seconds, int fps, String size) throws Exception {
        return make(
                file,
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + size + ":rate=" + fps + ":duration=" + seconds,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=48000:duration=" + seconds,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac");
    }

    /// Runs ffmpeg with these arguments and the output file.
    public static Path make(Path output, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(PROGRAMS.ffmpeg().toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-y", "-loglevel", "error"));
        command.addAll(List.of(arguments));
        command.add(output.toString());
        run(command);
        return output;
    }

    /// What ffprobe prints, one value or row a line.
    public static List<String> ffprobe(Path file, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(PROGRAMS.ffprobe().toString());
        command.addAll(List.of("-v", "error"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-of", "csv=p=0", file.toString()));
        return run(command).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    }

    /// Frames that can really be decoded.
    public static int decodedFrames(Path file) throws Exception {
        return Integer.parseInt(
                ffprobe(
                                file,
                                "-count_frames",
                                "-select_streams",
                                "v:0",
                                "-show_entries",
                                "stream=nb_read_frames")
                        .getFirst()
                        .replace(",", ""));
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", PROGRAMS.folder().toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command + ": " + said);
        }
        return said;
    }

    private static FfmpegPrograms load() {
        try {
            return FfmpegPrograms.load(Path.of("target", "ffmpeg"));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Sandbox detect() {
        try {
            return Sandbox.detect();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
