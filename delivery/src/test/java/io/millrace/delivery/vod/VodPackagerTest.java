package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.PackagedClip;
import io.millrace.delivery.packaging.PlannedTrack;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SegmentPlan;
import io.millrace.delivery.packaging.TrackPick;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;

/// Real clips through every flavour, judged by ffmpeg.
class VodPackagerTest {
    private static final Duration SEGMENT = Duration.ofSeconds(3);

    @TempDir static Path folder;
    private static Path small;
    private static Path large;

    @BeforeAll
    static void makeClips() throws Exception {
        small = TestClips.bFramesAndAac(folder, "160x120");
        large = TestClips.bFramesAndAac(folder, "320x240");
    }

    @ParameterizedTest
    @EnumSource(SegmentFormat.class)
    void hlsDecodesToTheSourcesPictures(SegmentFormat format) throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        Path master = clip.writeHls(folder.resolve("hls" + format), "master.m3u8", format);
        sameAsSource(master);
    }

    @Test
    void muxedFragmentsDecodeToTheSourcesPictures() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        sameAsSource(
                clip.writeHls(folder.resolve("muxed"), "index-v1-a1.m3u8", SegmentFormat.FMP4));
    }

    @Test
    void dashDecodesToTheSourcesPictures() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        Path mpd = clip.writeDash(folder.resolve("dash"));
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readAllBytes(mpd)));
        sameAsSource(mpd);
    }

    private static void sameAsSource(Path packaged) throws Exception {
        assertThat(TestClips.decode(packaged)).isEmpty();
        assertThat(TestClips.pictureHashes(packaged)).isEqualTo(TestClips.pictureHashes(small));
        double source = Double.parseDouble(TestClips.probe(small, "v:0", "format=duration"));
        assertThat(Double.parseDouble(TestClips.probe(packaged, "v:0", "format=duration")))
                .isCloseTo(source, within(0.05));
        // AAC's priming is before time 0; ffprobe hides it in the source.
        double priming = 1024 / 48_000.0;
        assertThat(
                        TestClips.startTime(packaged, "v:0")
                                - TestClips.startTime(packaged, "a:0")
                                - priming)
                .isCloseTo(
                        TestClips.startTime(small, "v:0") - TestClips.startTime(small, "a:0"),
                        within(0.0005));
    }

    @Test
    void aLadderSharesItsCutsAndOffersItsAudioOnce() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small, large);
        assertThat(clip.set.plan().isAligned()).isTrue();
        String ts = clip.text("master.m3u8", SegmentFormat.TS);
        assertThat(ts).contains("\nindex-f1-v1-a1.m3u8\n", "\nindex-f2-v1-a1.m3u8\n");
        assertThat(ts).contains("RESOLUTION=320x240", "FRAME-RATE=25.000");
        String fmp4 = clip.text("master.m3u8", SegmentFormat.FMP4);
        assertThat(fmp4.split("#EXT-X-MEDIA:", -1)).hasSize(2);
        assertThat(fmp4).contains("URI=\"index-f1-a1.m3u8\"", "\nindex-f2-v1.m3u8\n");
        String mpd = clip.text("manifest.mpd", SegmentFormat.FMP4);
        assertThat(mpd.split("<AdaptationSet", -1)).hasSize(4);
        assertThat(mpd.split("<Representation", -1)).hasSize(5);
        assertThat(
                        TestClips.decode(
                                clip.writeHls(
                                        folder.resolve("l1"), "master.m3u8", SegmentFormat.TS)))
                .isEmpty();
        // Video of one file, audio of the other.
        Path mixed =
                clip.writeHls(folder.resolve("l2"), "index-f2-v1-f1-a1.m3u8", SegmentFormat.TS);
        assertThat(TestClips.decode(mixed)).isEmpty();
        assertThat(TestClips.pictureHashes(mixed)).isEqualTo(TestClips.pictureHashes(large));
    }

    @Test
    void segmentsTileTheTimeline() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        SegmentPlan plan = clip.set.plan();
        for (TrackPick pick : List.of(clip.set.videos().getFirst(), clip.set.audios().getFirst())) {
            PlannedTrack track = clip.set.planned(pick);
            assertThat(track.first(0)).isZero();
            assertThat(track.end(plan.count() - 1)).isEqualTo(pick.track().samples().count());
            for (int k = 0; k < plan.count(); k++) {
                assertThat(track.isEmpty(k)).isFalse();
                assertThat(pick.track().samples().isSync(track.first(k))).isTrue();
                if (k > 0) {
                    assertThat(track.first(k)).isEqualTo(track.end(k - 1));
                }
            }
        }
        String playlist = clip.text("index-v1-a1.m3u8", SegmentFormat.TS);
        double sum = 0;
        Matcher durations = Pattern.compile("#EXTINF:([0-9.]+),").matcher(playlist);
        while (durations.find()) {
            sum += Double.parseDouble(durations.group(1));
        }
        assertThat(sum).isCloseTo(plan.totalSeconds(), within(0.000_002));
        assertThat(playlist).contains("#EXT-X-TARGETDURATION:" + plan.targetDurationSeconds());
    }

    @Test
    void theSameRequestGivesTheSameBytesAndWhatIsNotListedIsNotFound() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        PackagedClip other = new PackagedClip(SEGMENT, small);
        for (String name : List.of("seg-2-v1-a1.ts", "seg-2-v1.m4s", "init-v1-x3.mp4")) {
            assertThat(clip.fetch(name, SegmentFormat.TS))
                    .isNotNull()
                    .isEqualTo(other.fetch(name, SegmentFormat.TS));
        }
        int past = clip.set.plan().count() + 1;
        for (String name :
                List.of(
                        "seg-" + past + "-v1-a1.ts",
                        "fragment-" + past + "-v1-x3.m4s",
                        "seg-1-v2.ts",
                        "seg-1-f2-v1.ts",
                        "index-v1-v2.m3u8",
                        "iframes-a1.m3u8",
                        "iframe-11-v1.m4s",
                        "media-v2.mp4",
                        "seg-1-f3.vtt",
                        "sub.vtt")) {
            assertThat(clip.fetch(name, SegmentFormat.TS)).as(name).isNull();
        }
    }

    @Test
    void continuityCountersGoOnOverSegments() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        int[] last = new int[0x2000];
        Arrays.fill(last, -1);
        for (int k = 1; k <= clip.set.plan().count(); k++) {
            byte[] ts = clip.fetch("seg-" + k + "-v1-a1.ts", SegmentFormat.TS);
            assertThat(ts).isNotNull();
            for (int at = 0; at < ts.length; at += 188) {
                assertThat(ts[at]).isEqualTo((byte) 0x47);
                int pid = (ts[at + 1] & 0x1F) << 8 | ts[at + 2] & 0xFF;
                int counter = ts[at + 3] & 0xF;
                if (last[pid] >= 0) {
                    assertThat(counter).isEqualTo(last[pid] + 1 & 0xF);
                }
                last[pid] = counter;
            }
        }
    }

    @Test
    void bandwidthIsWhatIsSent() throws Exception {
        PackagedClip clip = new PackagedClip(SEGMENT, small);
        String master = clip.text("master.m3u8", SegmentFormat.TS);
        Matcher bandwidth = Pattern.compile("[:,]BANDWIDTH=(\\d+)").matcher(master);
        assertThat(bandwidth.find()).isTrue();
        Rendition rendition =
                clip.set
                        .rendition(MediaRequestName.parse("index-v1-a1.m3u8").orElseThrow())
                        .orElseThrow();
        long[] sizes = clip.set.segmentSizes(rendition, SegmentFormat.TS);
        double peak = 0;
        for (int k = 0; k < sizes.length; k++) {
            if (clip.set.plan().durationSeconds(k) >= 1.5) {
                peak = Math.max(peak, sizes[k] * 8 / clip.set.plan().durationSeconds(k));
            }
        }
        // No segment needs more, and the groups of segments not much more.
        assertThat(Double.parseDouble(bandwidth.group(1))).isBetween(peak, peak * 1.05);
    }
}
