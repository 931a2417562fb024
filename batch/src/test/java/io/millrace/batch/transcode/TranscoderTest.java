package io.millrace.batch.transcode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.TestMedia;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

class TranscoderTest {
    private static final TranscodeSettings FAST =
            new TranscodeSettings(TranscodeSettings.Preset.ULTRAFAST, 2);
    private static final Rendition.Audio STEREO = new Rendition.Audio(96, 2, 48_000);

    private final MediaProbe probe = new MediaProbe(TestMedia.programs(), TestMedia.sandbox());

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(VideoEncoder.class)
    void keepsEveryFrameAndAlignsKeyFramesOfAllRenditions(VideoEncoder encoder) throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                TestMedia.programs().encoders().contains(encoder.ffmpegName()),
                "this ffmpeg has no " + encoder.ffmpegName());
        Path clip = folder.resolve("a.mp4");
        // Two scenes with a cut off the grid, at a rate that is no divisor of the interval.
        TestMedia.make(
                clip,
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=640x360:rate=30000/1001:duration=3.3",
                "-f",
                "lavfi",
                "-i",
                "mandelbrot=size=640x360:rate=30000/1001",
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=44100:duration=7",
                "-filter_complex",
                "[1:v]trim=duration=3.7[m];[0:v][m]concat=n=2:v=1[v]",
                "-map",
                "[v]",
                "-map",
                "2:a",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-pix_fmt",
                "yuv420p");
        int frames = TestMedia.decodedFrames(clip);
        Path large = convert(encoder, clip, new Rendition.Video(640, 360, 900, 60), STEREO);
        Path small = convert(encoder, clip, new Rendition.Video(256, 144, 150, 60), STEREO);
        assertThat(TestMedia.decodedFrames(large)).isEqualTo(frames);
        assertThat(TestMedia.decodedFrames(small)).isEqualTo(frames);
        List<String> keys = keyFrameTimes(large);
        List<String> smallKeys = keyFrameTimes(small);
        for (int second = 0; second < 7; second += 2) {
            int from = second;
            List<String> here = keys.stream().filter(t -> isWithin(t, from, from + 0.04)).toList();
            assertThat(here).hasSize(1);
            assertThat(smallKeys).containsAll(here);
        }
        if (encoder == VideoEncoder.X264) {
            // OpenH264 adds one at a change of scene; x264 is told not to.
            assertThat(keys).hasSize(4).isEqualTo(smallKeys);
        }
        assertThat(frameTimes(large)).isEqualTo(frameTimes(small)).hasSize(frames);
        double source = videoSeconds(clip);
        assertThat(videoSeconds(large)).isBetween(source - 0.034, source + 0.034);
    }

    @Test
    void keepsAVariableFrameRate() throws Exception {
        Path clip =
                TestMedia.make(
                        folder.resolve("vfr.mkv"),
                        "-f",
                        "lavfi",
                        "-i",
                        "testsrc2=size=320x180:rate=30:duration=4",
                        "-vf",
                        "select='if(lt(t,2),1,not(mod(n,5)))'",
                        "-fps_mode",
                        "vfr",
                        "-c:v",
                        "libx264",
                        "-preset",
                        "ultrafast");
        int frames = TestMedia.decodedFrames(clip);
        assertThat(frames).isLessThan(100);
        Path made = convert(VideoEncoder.X264, clip, new Rendition.Video(160, 90, 200, 60), null);
        assertThat(TestMedia.decodedFrames(made)).isEqualTo(frames);
    }

    @Test
    void honoursRotationAndMixesSixChannelsDown() throws Exception {
        Path wide =
                TestMedia.make(
                        folder.resolve("wide.mp4"),
                        "-f",
                        "lavfi",
                        "-i",
                        "testsrc2=size=320x180:rate=25:duration=1",
                        "-f",
                        "lavfi",
                        "-i",
                        "anoisesrc=duration=1:amplitude=0.1:sample_rate=48000",
                        "-af",
                        "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0",
                        "-c:v",
                        "libx264",
                        "-preset",
                        "ultrafast");
        Path phone =
                TestMedia.make(
                        folder.resolve("phone.mp4"),
                        "-display_rotation",
                        "90",
                        "-i",
                        wide.toString(),
                        "-c",
                        "copy");
        Path made =
                convert(VideoEncoder.X264, phone, new Rendition.Video(180, 320, 300, 60), STEREO);
        MediaReport report = probe.probe("test", made, work(), () -> false);
        assertThat(report.video())
                .returns(180, MediaReport.Video::width)
                .returns(320, MediaReport.Video::height)
                .returns(0, MediaReport.Video::rotation)
                .returns(25L, MediaReport.Video::frames);
        assertThat(report.audio()).returns(2, MediaReport.Audio::channels);
    }

    @Test
    void theIndexIsInFront() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 1, 25, "160x90");
        Path made = convert(VideoEncoder.X264, clip, new Rendition.Video(160, 90, 200, 60), STEREO);
        String bytes = new String(Files.readAllBytes(made), StandardCharsets.ISO_8859_1);
        assertThat(bytes.indexOf("moov")).isPositive().isLessThan(bytes.indexOf("mdat"));
    }

    @Test
    void soundOnlyAndPictureOnly() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 1, 25, "160x90");
        Path sound =
                TestMedia.make(folder.resolve("s.mp4"), "-i", clip.toString(), "-vn", "-c", "copy");
        Path picture =
                TestMedia.make(folder.resolve("p.mp4"), "-i", clip.toString(), "-an", "-c", "copy");
        Rendition.Video small = new Rendition.Video(160, 90, 200, 60);
        MediaReport s =
                probe.probe(
                        "test",
                        convert(VideoEncoder.X264, sound, small, STEREO),
                        work(),
                        () -> false);
        assertThat(s.video()).isNull();
        assertThat(s.audio()).isNotNull();
        MediaReport p =
                probe.probe(
                        "test",
                        convert(VideoEncoder.X264, picture, small, STEREO),
                        work(),
                        () -> false);
        assertThat(p.video()).isNotNull();
        assertThat(p.audio()).isNull();
    }

    @Test
    void tellsProgressAndCanBeCancelled() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 60, 25, "640x360");
        MediaReport report = probe.probe("test", clip, work(), () -> false);
        List<Integer> told = new CopyOnWriteArrayList<>();
        Rendition rendition = new Rendition(new Rendition.Video(640, 360, 900, 60), STEREO, 2);
        Transcoder slow =
                new Transcoder(
                        TestMedia.programs(),
                        TestMedia.sandbox(),
                        new TranscodeSettings(TranscodeSettings.Preset.VERYSLOW, 1));
        assertThatThrownBy(
                        () ->
                                slow.transcode(
                                        "test",
                                        clip,
                                        report,
                                        rendition,
                                        work().resolve("out.mp4"),
                                        told::add,
                                        () -> told.stream().anyMatch(p -> p > 0)))
                .isInstanceOfSatisfying(
                        TranscodeFailedException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("CANCELLED");
                            assertThat(e.isPermanent()).isFalse();
                        });
        assertThat(told).isSorted().allMatch(p -> p >= 0 && p <= 99);
    }

    @Test
    void parametersAreNumbersOfSense() {
        assertThatThrownBy(() -> new Rendition.Video(161, 90, 200, 60))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rendition.Video(160, 90, 0, 60))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rendition.Audio(128, 6, 48_000))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private Path convert(
            VideoEncoder encoder,
            Path clip,
            Rendition.Video video,
            Rendition.@org.jspecify.annotations.Nullable Audio audio)
            throws Exception {
        MediaReport report = probe.probe("test", clip, work(), () -> false);
        Path output = work().resolve("output.mp4");
        MediaReport made =
                new Transcoder(TestMedia.programs(), TestMedia.sandbox(), FAST, encoder)
                        .transcode(
                                "test",
                                clip,
                                report,
                                new Rendition(video, audio, 2),
                                output,
                                _ -> {},
                                () -> false);
        assertThat(made.durationMs())
                .isBetween(report.durationMs() - 100, report.durationMs() + 100);
        return output;
    }

    private Path work() throws Exception {
        return Files.createTempDirectory(folder, "work");
    }

    private static List<String> keyFrameTimes(Path file) throws Exception {
        return TestMedia.ffprobe(
                        file, "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags")
                .stream()
                .filter(l -> l.contains("K"))
                .map(l -> l.substring(0, l.indexOf(',')))
                .toList();
    }

    private static List<String> frameTimes(Path file) throws Exception {
        return TestMedia.ffprobe(
                file,
                "-select_streams",
                "v:0",
                "-show_entries",
                "frame=best_effort_timestamp_time");
    }

    private static boolean isWithin(String time, double from, double to) {
        double t = Double.parseDouble(time);
        return t >= from && t < to;
    }

    private static double videoSeconds(Path file) throws Exception {
        return Double.parseDouble(
                TestMedia.ffprobe(
                                file, "-select_streams", "v:0", "-show_entries", "stream=duration")
                        .getFirst()
                        .replace(",", ""));
    }
}
