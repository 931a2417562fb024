package io.millrace.delivery.media;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Clips made by the bundled ffmpeg, and that ffmpeg and ffprobe as judges.
public final class TestClips {
    private static final String FFMPEG = Loader.load(org.bytedeco.ffmpeg.ffmpeg.class);
    private static final String FFPROBE = Loader.load(org.bytedeco.ffmpeg.ffprobe.class);

    private TestClips() {}

    /// Ten seconds of 25 pictures a second with two B-frames and a key frame a second, and AAC.
    public static Path bFramesAndAac(Path folder, String size) throws Exception {
        Path file = folder.resolve("clip-" + size + ".mp4");
        make(
                file,
                "-f lavfi -i testsrc=size=" + size + ":rate=25:duration=10",
                "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=10",
                "-c:v libx264 -preset ultrafast -bf 2 -g 25 -keyint_min 25 -sc_threshold 0",
                "-pix_fmt yuv420p -b:v 150k -c:a aac -b:a 64k");
        return file;
    }

    /// Runs `ffmpeg ... file`.
    public static void make(Path file, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(FFMPEG, "-v", "error", "-y"));
        for (String words : arguments) {
            command.addAll(Arrays.asList(words.split(" ")));
        }
        command.add(file.toString());
        String output = run(command);
        if (!Files.exists(file) || Files.size(file) == 0) {
            throw new IOException("ffmpeg made no " + file + ": " + output);
        }
    }

    /// What ffmpeg has to say against a playlist, file or manifest: nothing, when all is well.
    public static String decode(Path input) throws Exception {
        return run(
                List.of(
                        FFMPEG,
                        "-v",
                        "error",
                        "-xerror",
                        "-allowed_extensions",
                        "ALL",
                        "-i",
                        input.toString(),
                        "-f",
                        "null",
                        "-"));
    }

    /// The MD5 of each decoded picture, in order.
    public static List<String> pictureHashes(Path input) throws Exception {
        String text =
                run(
                        List.of(
                                FFMPEG,
                                "-v",
                                "error",
                                "-i",
                                input.toString(),
                                "-map",
                                "0:v:0",
                                "-fps_mode",
                                "passthrough",
                                "-f",
                                "framemd5",
                                "-"));
        List<String> hashes = new ArrayList<>();
        for (String line : text.split("\n")) {
            if (!line.startsWith("#")) {
                hashes.add(line.substring(line.lastIndexOf(',') + 1).strip());
            }
        }
        return hashes;
    }

    /// ffprobe's answer for one entry, like `stream=nb_read_frames`. Its complaints are left out:
    /// of an HLS rendition that is not selected it reads half a picture and says so.
    public static String probe(Path input, String streams, String entries) throws Exception {
        return run(List.of(
                        FFPROBE,
                        "-v",
                        "fatal",
                        "-count_frames",
                        "-select_streams",
                        streams,
                        "-show_entries",
                        entries,
                        "-of",
                        "csv=p=0",
                        input.toString()))
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("")
                .replace(",", "")
                .strip();
    }

    /// Start of the first stream of a kind, in seconds.
    public static double startTime(Path input, String streams) throws Exception {
        return Double.parseDouble(probe(input, streams, "stream=start_time"));
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("timed out: " + command);
        }
        return output;
    }
}
