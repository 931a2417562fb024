package io.millrace.batch.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.TestMedia;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.transcode.TranscodeFailedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class JoinerTest {
    @TempDir Path folder;

    /// Fragmented as recordings are, with B-frames, and a time line that begins at `start`.
    private Path part(String name, double seconds, double start) throws Exception {
        return TestMedia.make(
                folder.resolve(name),
                ("-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:r=48000 -t "
                                + seconds
                                + " -c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a"
                                + " aac -output_ts_offset "
                                + start
                                + " -movflags +frag_keyframe+empty_moov+default_base_moof -f mp4")
                        .split(" "));
    }

    @Test
    void keepsEveryFrameOfEveryPart() throws Exception {
        List<Path> parts =
                List.of(part("a.mp4", 2.2, 0), part("b.mp4", 1.48, 5), part("c.mp4", 2, 0));
        Path out = Files.createDirectory(folder.resolve("out"));
        Path output = out.resolve("output.mp4");
        new Joiner(TestMedia.programs(), TestMedia.sandbox())
                .join("job", parts, output, () -> false);
        assertThat(TestMedia.decodedFrames(output)).isEqualTo(55 + 37 + 50);
        MediaReport report =
                new MediaProbe(TestMedia.programs(), TestMedia.sandbox())
                        .probe("job", output, out, () -> false);
        assertThat(report.durationMs()).isBetween(5600L, 6000L);
    }

    /// What a file is that begins later on its own clock: the first fragments are taken out.
    private Path tail(String name, Path whole, int without) throws Exception {
        byte[] bytes = Files.readAllBytes(whole);
        FragmentedMovie movie;
        try (FileChannel file = FileChannel.open(whole)) {
            movie = FragmentedMovie.read(file);
        }
        int head = Math.toIntExact(movie.headBytes());
        int from = Math.toIntExact(movie.fragments().get(without).offset());
        byte[] tail = Arrays.copyOf(bytes, head + bytes.length - from);
        System.arraycopy(bytes, from, tail, head, bytes.length - from);
        return Files.write(folder.resolve(name), tail);
    }

    @Test
    void aPartThatBeginsLateLeavesNoHoleBehindIt() throws Exception {
        Path late = tail("late.mp4", part("whole.mp4", 8, 0), 5); // 3 s, from 5 s on
        Path next = part("next.mp4", 2, 0);
        Path out = Files.createDirectory(folder.resolve("out"));
        Path output = out.resolve("output.mp4");
        new Joiner(TestMedia.programs(), TestMedia.sandbox())
                .join("job", List.of(late, next), output, () -> false);
        assertThat(TestMedia.decodedFrames(output)).isEqualTo(75 + 50);
        MediaReport report =
                new MediaProbe(TestMedia.programs(), TestMedia.sandbox())
                        .probe("job", output, out, () -> false);
        assertThat(report.durationMs()).isBetween(4900L, 5200L);
    }

    @Test
    void whatIsNoMediaIsAFailureAndLeavesNothingBehindThatPlays() throws Exception {
        Path junk = Files.writeString(folder.resolve("junk.mp4"), "no media".repeat(100));
        Path output = Files.createDirectory(folder.resolve("out")).resolve("output.mp4");
        assertThatThrownBy(
                        () ->
                                new Joiner(TestMedia.programs(), TestMedia.sandbox())
                                        .join("job", List.of(junk), output, () -> false))
                .isInstanceOf(TranscodeFailedException.class)
                .hasMessageContaining("cannot be joined");
    }
}
