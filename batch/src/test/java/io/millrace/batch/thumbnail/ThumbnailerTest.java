package io.millrace.batch.thumbnail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.TestMedia;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.transcode.TranscodeFailedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.imageio.ImageIO;

class ThumbnailerTest {
    private final MediaProbe probe = new MediaProbe(TestMedia.programs(), TestMedia.sandbox());
    private final Thumbnailer thumbnailer =
            new Thumbnailer(TestMedia.programs(), TestMedia.sandbox());

    @TempDir Path folder;

    @Test
    void makesAPictureOfTheMomentNoWiderThanAsked() throws Exception {
        Path clip =
                TestMedia.make(
                        folder.resolve("colours.mp4"),
                        "-f",
                        "lavfi",
                        "-i",
                        "color=red:size=640x360:rate=25:duration=2",
                        "-f",
                        "lavfi",
                        "-i",
                        "color=blue:size=640x360:rate=25:duration=2",
                        "-filter_complex",
                        "[0:v][1:v]concat=n=2:v=1",
                        "-pix_fmt",
                        "yuv420p",
                        "-c:v",
                        "libx264");
        assertThat(colour(make(clip, 500, 320, 320, 180))).isEqualTo('r');
        assertThat(colour(make(clip, 2500, 320, 320, 180))).isEqualTo('b');
        assertThat(colour(make(clip, 3990, 5000, 640, 360))).isEqualTo('b');
        // Behind the end: the beginning.
        assertThat(colour(make(clip, 99_000, 100, 100, 56))).isEqualTo('r');
    }

    @Test
    void theSoundMayGoOnBehindThePicture() throws Exception {
        Path clip =
                TestMedia.make(
                        folder.resolve("a.mp4"),
                        "-f",
                        "lavfi",
                        "-i",
                        "color=red:size=160x90:rate=25:duration=1",
                        "-f",
                        "lavfi",
                        "-i",
                        "sine=duration=5",
                        "-c:v",
                        "libx264",
                        "-c:a",
                        "aac");
        assertThat(colour(make(clip, 4000, 160, 160, 90))).isEqualTo('r');
    }

    @Test
    void soundHasNoPicture() throws Exception {
        Path sound =
                TestMedia.make(folder.resolve("s.m4a"), "-f", "lavfi", "-i", "sine=duration=1");
        assertThatThrownBy(() -> make(sound, 0, 160, 160, 90))
                .isInstanceOfSatisfying(
                        TranscodeFailedException.class, e -> assertThat(e.isPermanent()).isTrue());
    }

    private BufferedImage make(Path clip, long atMs, int maxWidth, int width, int height)
            throws Exception {
        Path work = Files.createTempDirectory(folder, "work");
        MediaReport report = probe.probe("test", clip, work, () -> false);
        Path output = work.resolve("out.jpg");
        Thumbnailer.Size size =
                thumbnailer.make("test", clip, report, atMs, maxWidth, output, () -> false);
        assertThat(size).isEqualTo(new Thumbnailer.Size(width, height));
        BufferedImage image = ImageIO.read(output.toFile());
        assertThat(image.getWidth()).isEqualTo(width);
        assertThat(image.getHeight()).isEqualTo(height);
        return image;
    }

    private static char colour(BufferedImage image) {
        int rgb = image.getRGB(image.getWidth() / 2, image.getHeight() / 2);
        int red = rgb >> 16 & 0xFF;
        int blue = rgb & 0xFF;
        return red > 200 && blue < 60 ? 'r' : blue > 200 && red < 60 ? 'b' : '?';
    }
}
