package io.millrace.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.LocalBlobStore;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// The files that benchmarks read, made by the bundled ffmpeg when they are first asked for and
/// kept in `target/media`, so that forks and later runs find them. All have H.264 with two B-frames
/// between references, 30 frames/s, a key frame every two seconds, AAC at 48 kHz, and `moov` first.
final class BenchmarkMedia {
    private BenchmarkMedia() {}

    /// A minute of 720p at 2.5 Mbit/s (noise, so that the encoder needs its bits) with 128 kbit/s
    /// of sound.
    static BlobReader clip() throws IOException, InterruptedException {
        return open("720p-60s.mp4", minute("1280x720", ",noise=alls=12:allf=t", "2500k", "128k"));
    }

    /// The same minute as a file that a publisher can read.
    static Path clipFile() throws IOException, InterruptedException {
        clip().close();
        return folder().resolve("720p-60s.mp4");
    }

    /// As many samples as a programme of this length has, in small pictures: what an index is about
    /// is their number.
    static BlobReader longFile(int minutes) throws IOException, InterruptedException {
        open("small-60s.mp4", minute("160x90", "", "60k", "32k")).close();
        return open(
                "small-" + minutes + "min.mp4",
                List.of(
                        "-stream_loop",
                        Integer.toString(minutes - 1),
                        "-i",
                        folder().resolve("small-60s.mp4").toString(),
                        "-c",
                        "copy"));
    }

    private static List<String> minute(
            String size, String filter, String videoRate, String audioRate) {
        return List.of(
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=" + size + ":rate=30" + filter,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=48000",
                "-t",
                "60",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p",
                "-b:v",
                videoRate,
                "-maxrate",
                videoRate,
                "-bufsize",
                videoRate,
                "-bf",
                "2",
                "-g",
                "60",
                "-keyint_min",
                "60",
                "-sc_threshold",
                "0",
                "-c:a",
                "aac",
                "-b:a",
                audioRate);
    }

    private static BlobReader open(String name, List<String> arguments)
            throws IOException, InterruptedException {
        var store = new LocalBlobStore(folder(), new SimpleMeterRegistry());
        if (!Files.exists(folder().resolve(name))) {
            make(folder().resolve(name), arguments);
        }
        return store.open(BlobKey.of(name));
    }

    /// Beside the classes, or the jar, that this class came from.
    private static Path folder() throws IOException {
        var source =
                Objects.requireNonNull(
                        BenchmarkMedia.class.getProtectionDomain().getCodeSource(), "code source");
        try {
            Path target = Objects.requireNonNull(Path.of(source.getLocation().toURI()).getParent());
            return Files.createDirectories(target.resolve("media"));
        } catch (URISyntaxException e) {
            throw new IOException("classes not in a folder: " + source.getLocation(), e);
        }
    }

    private static void make(Path target, List<String> arguments)
            throws IOException, InterruptedException {
        Path unfinished = Files.createTempFile(folder(), ".making", ".mp4");
        Path log = Files.createTempFile(folder(), ".making", ".log");
        try {
            var command =
                    new ArrayList<>(
                            List.of(
                                    Loader.load(org.bytedeco.ffmpeg.ffmpeg.class),
                                    "-nostdin",
                                    "-v",
                                    "error",
                                    "-y"));
            command.addAll(arguments);
            command.addAll(List.of("-movflags", "+faststart", unfinished.toString()));
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            try {
                if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
                    throw new IOException(
                            "ffmpeg made no " + target + ": " + Files.readString(log));
                }
            } finally {
                process.destroyForcibly();
            }
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
            Files.deleteIfExists(log);
        }
    }
}
