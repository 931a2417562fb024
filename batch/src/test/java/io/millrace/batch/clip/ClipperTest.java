package io.millrace.batch.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.TestMedia;
import io.millrace.batch.join.Joiner;
import io.millrace.batch.transcode.TranscodeFailedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/// Two files of a recording, 10 s and 6 s, with a key frame every second; the first begins at 5 s
/// of its clock, the second has lost the end of its last fragment.
class ClipperTest {
    @TempDir Path folder;
    private final Clipper clipper =
            new Clipper(new Joiner(TestMedia.programs(), TestMedia.sandbox()));
    private List<Path> parts;
    private Path output;

    @BeforeEach
    void record() throws Exception {
        Path torn = part("b.mp4", 7, 0);
        byte[] bytes = Files.readAllBytes(torn);
        // Behind the last whole fragment nothing is read: there is the beginning of another.
        Files.write(torn, Arrays.copyOf(bytes, 5000), StandardOpenOption.APPEND);
        parts = List.of(part("a.mp4", 10, 5), torn);
        output = Files.createDirectory(folder.resolve("out")).resolve("output.mp4");
    }

    private Path part(String name, double seconds, double start) throws Exception {
        return TestMedia.make(
                folder.resolve(name),
                ("-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:r=48000 -t "
                                + seconds
                                + " -c:v libx264 -preset ultrafast -bf 0 -g 25 -pix_fmt yuv420p -c:a"
                                + " aac -output_ts_offset "
                                + start
                                + " -movflags +frag_keyframe+empty_moov+default_base_moof -f mp4")
                        .split(" "));
    }

    private int clip(long offsetMs, long durationMs) throws Exception {
        clipper.clip("job", parts, offsetMs, durationMs, output, () -> false);
        assertThat(output.resolveSibling("cut-0.mp4")).doesNotExist();
        return TestMedia.decodedFrames(output);
    }

    @Test
    void beginsWithTheKeyFrameAndEndsWithTheFrame() throws Exception {
        // From the key frame at 3 s to 6.6 s.
        assertThat(clip(3400, 3200)).isEqualTo(90);
    }

    @Test
    void goesOverFiles() throws Exception {
        // Its sound begins a frame before its picture, which counts.
        assertThat(clip(9400, 2600)).isBetween(74, 75);
    }

    @Test
    void startsOver() throws Exception {
        assertThat(clip(0, 0)).isEqualTo(17 * 25);
    }

    @Test
    void whatIsNotRecordedYetIsAClearError() {
        assertThatThrownBy(() -> clip(20_000, 1000))
                .isInstanceOfSatisfying(
                        TranscodeFailedException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("CLIP_BEYOND_END");
                            assertThat(e.isPermanent()).isTrue();
                        })
                .hasMessage("the clip begins at 20.0 s, but 17.0 s are recorded so far");
        assertThatThrownBy(() -> clip(10_000, 10_000))
                .hasMessage("the clip ends at 20.0 s, but 17.0 s are recorded so far");
    }

    @Test
    void whatIsNoRecordingIsAFailure() throws Exception {
        parts = List.of(Files.writeString(folder.resolve("junk.mp4"), "no media".repeat(100)));
        assertThatThrownBy(() -> clip(0, 0)).hasMessageContaining("no recording that can be cut");
    }
}
