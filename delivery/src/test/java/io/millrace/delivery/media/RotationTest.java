package io.millrace.delivery.media;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.packaging.InitSegment;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.testing.Ffmpeg;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

class RotationTest {
    @TempDir static Path folder;

    @BeforeAll
    static void clip() throws Exception {
        Ffmpeg.makeClip(folder.resolve("lying.mp4"), 64, 48, 1);
    }

    /// ffmpeg counts against the clock.
    @ParameterizedTest
    @CsvSource({"0,NONE", "-90,CLOCKWISE_90", "180,HALF_TURN", "90,CLOCKWISE_270"})
    void theFilesMatrixIsReadAndWrittenAgain(int degrees, Rotation rotation) throws Exception {
        Path file = folder.resolve("turned" + degrees + ".mp4");
        Ffmpeg.Output made =
                Ffmpeg.run(
                        List.of(
                                "-v",
                                "error",
                                "-y",
                                "-display_rotation",
                                Integer.toString(degrees),
                                "-i",
                                folder.resolve("lying.mp4").toString(),
                                "-c",
                                "copy",
                                file.toString()));
        assertThat(made.exitCode()).as(made.text()).isZero();
        MediaIndex index = MediaIndexReader.read(new BytesBlobReader(Files.readAllBytes(file)));
        assertThat(index.tracks().getFirst().rotation()).isEqualTo(rotation);

        MediaSet set =
                MediaSet.of(
                        List.of(MediaSource.of(index, 1)),
                        new PackagingOptions(Duration.ofSeconds(6)));
        Path init = folder.resolve("init.mp4");
        Files.write(init, InitSegment.write(set, new Rendition(set.videos().getFirst(), null)));
        String seen = Ffmpeg.run(List.of("-i", init.toString())).text();
        if (degrees == 0) {
            assertThat(seen).contains("Video: h264").doesNotContain("displaymatrix");
        } else {
            assertThat(seen.replace("-180", "180"))
                    .contains("rotation of " + degrees + ".00 degrees");
        }
    }
}
