package io.millrace.platformapi.flavor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.platformapi.model.ProbeResult;

import org.junit.jupiter.api.Test;

import java.util.List;

class LadderTest {
    private static final List<FlavorSpec> PROFILE =
            List.of(
                    spec(0, "", 0, 0),
                    spec(2, "h264", 500, 360),
                    spec(3, "h264", 900, 480),
                    spec(5, "h264", 2000, 720),
                    spec(7, "h264", 4500, 1080),
                    new FlavorSpec(
                            10, 0, "audio", null, null, "web", "mp4", "", 0, "aac", 128, 2, 48_000,
                            0, 0));

    private static FlavorSpec spec(int id, String codec, int kbps, int height) {
        return new FlavorSpec(
                id,
                0,
                "f" + id,
                null,
                null,
                "web,mbr",
                "mp4",
                codec,
                kbps,
                codec.isEmpty() ? "" : "aac",
                128,
                2,
                48_000,
                height,
                0);
    }

    private static ProbeResult source(int width, int height) {
        var probe = new ProbeResult();
        probe.videoCodec = "h264";
        probe.audioCodec = "aac";
        probe.audioChannels = 6;
        probe.width = width;
        probe.height = height;
        probe.frameRate = 23.976;
        probe.bitrateKbps = 20_000;
        return probe;
    }

    private static List<String> sizes(int width, int height) {
        return Ladder.plan(source(width, height), PROFILE).stream()
                .map(step -> step.width() + "x" + step.height())
                .toList();
    }

    @Test
    void hasEveryStepUpToTheSourceAndNoneAbove() {
        assertThat(sizes(1920, 1080))
                .containsExactly("640x360", "854x480", "1280x720", "1920x1080");
        assertThat(sizes(3840, 2160))
                .containsExactly("640x360", "854x480", "1280x720", "1920x1080");
        assertThat(sizes(854, 480)).containsExactly("640x360", "854x480");
        assertThat(sizes(426, 240)).containsExactly("426x240");
    }

    @Test
    void givesASourceBetweenTwoStepsItsOwnSize() {
        assertThat(sizes(960, 540)).containsExactly("640x360", "854x480", "960x540");
        assertThat(sizes(868, 488)).containsExactly("640x360", "854x480");
    }

    @Test
    void countsAPortraitFilmByItsWidth() {
        assertThat(sizes(1080, 1920))
                .containsExactly("360x640", "480x854", "720x1280", "1080x1920");
    }

    @Test
    void sizesAreEvenAndNeverLarger() {
        for (int width = 2; width < 2000; width += 37) {
            for (int height = 2; height < 1200; height += 41) {
                for (Rendition step : Ladder.plan(source(width, height), PROFILE)) {
                    assertThat(step.width() % 2 + step.height() % 2).isZero();
                    assertThat(step.width()).isLessThanOrEqualTo(Math.max(2, width));
                    assertThat(step.height()).isLessThanOrEqualTo(Math.max(2, height));
                }
            }
        }
    }

    @Test
    void makesOneOfSoundAlone() {
        var probe = new ProbeResult();
        probe.audioCodec = "mp3";
        probe.audioChannels = 1;
        List<Rendition> ladder = Ladder.plan(probe, PROFILE);
        assertThat(ladder).hasSize(1);
        assertThat(ladder.getFirst().width()).isZero();
        assertThat(ladder.getFirst().audioChannels()).isEqualTo(1);
    }

    @Test
    void doesNotWasteBitsOnAPoorSource() {
        ProbeResult poor = source(1280, 720);
        poor.bitrateKbps = 400;
        assertThat(Ladder.plan(poor, PROFILE))
                .allSatisfy(step -> assertThat(step.videoBitrateKbps()).isLessThanOrEqualTo(600));
    }
}
