package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.FfmpegProcess;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The coded frames of a file, by their check sums.
final class Frames {
    private Frames() {}

    static List<String> sums(Path folder, Path file, String map) throws Exception {
        Path sums = Files.createTempFile(folder, "sums", ".txt");
        try (var sum =
                FfmpegProcess.ffmpeg(
                        folder,
                        "-y",
                        "-loglevel",
                        "error",
                        "-copyts",
                        "-i",
                        file.toString(),
                        "-map",
                        map,
                        "-c",
                        "copy",
                        "-f",
                        "framemd5",
                        sums.toString())) {
            assertThat(sum.await(60)).isZero();
            assertThat(sum.output()).isEmpty();
        }
        return Files.readAllLines(sums).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(line.lastIndexOf(',') + 1).strip())
                .toList();
    }

    /// A viewer that came in the middle has everything from there to the end.
    static void assertEndOf(List<String> watched, List<String> published, int atLeast) {
        assertThat(watched).hasSizeBetween(atLeast, published.size());
        assertThat(watched)
                .isEqualTo(published.subList(published.size() - watched.size(), published.size()));
    }
}
