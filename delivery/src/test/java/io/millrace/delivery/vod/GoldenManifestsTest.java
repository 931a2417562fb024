package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SyntheticTracks;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.testing.GoldenText;
import io.millrace.delivery.testing.MpdSchema;
import io.millrace.delivery.webvtt.Cue;
import io.millrace.delivery.webvtt.Subtitles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Playlists and manifests as they are, word by word.
class GoldenManifestsTest {
    private static final PackagingOptions SIX = new PackagingOptions(Duration.ofSeconds(6));

    private static final Subtitles TEXT =
            new Subtitles(
                    List.of("STYLE\n::cue { color: yellow }"),
                    List.of(
                            new Cue("1", 1000, 3000, "", "First"),
                            new Cue("2", 5000, 8000, "line:0", "Across <i>the</i> cut")),
                    0);

    private final List<MediaSource> sources = new ArrayList<>();

    private GoldenManifestsTest with(SourceLabels labels, Track... tracks) {
        add(new MediaIndex(List.of(tracks), 1L << 40, false), labels);
        return this;
    }

    private void add(MediaIndex index, SourceLabels labels) {
        int number = sources.size() + 1;
        sources.add(new MediaSource(index, number, TrackFilter.ALL, number - 1, labels));
    }

    private Presentation presentation() throws Exception {
        return Presentation.of(MediaSet.of(sources, SIX));
    }

    /// Two sizes, English and French sound, subtitles in two languages, captions in the pictures.
    private static Presentation ladder() throws Exception {
        var made = new GoldenManifestsTest();
        made.with(
                        SourceLabels.NONE,
                        SyntheticTracks.avc(640, 360, 20, 3000),
                        SyntheticTracks.aac("eng", 20))
                .with(SourceLabels.NONE, SyntheticTracks.avc(1280, 720, 20, 9000))
                .with(new SourceLabels("fra", "Français", false), SyntheticTracks.aac("fra", 20));
        made.add(MediaIndex.ofText(TEXT, 100), new SourceLabels("eng", "English (SDH)", true));
        made.add(MediaIndex.ofText(TEXT, 100), new SourceLabels("ger", "", false));
        return made.presentation()
                .withClosedCaptions(
                        List.of(
                                new ClosedCaption("CC1", "eng", "English CC"),
                                new ClosedCaption("SERVICE2", "spa", "")));
    }

    private static Presentation simple() throws Exception {
        return new GoldenManifestsTest()
                .with(
                        SourceLabels.NONE,
                        SyntheticTracks.avc(640, 360, 20, 3000),
                        SyntheticTracks.aac("und", 20))
                .presentation();
    }

    private static Presentation twoClips() throws Exception {
        var second =
                new GoldenManifestsTest()
                        .with(
                                SourceLabels.NONE,
                                SyntheticTracks.avc(640, 480, 7, 2000),
                                SyntheticTracks.aac("und", 7));
        return Presentation.of(
                List.of(simple().first().set(), second.presentation().first().set()));
    }

    private static String text(Presentation presentation, String name, SegmentFormat format)
            throws Exception {
        Packaged packaged =
                VodPackager.answer(
                        presentation, MediaRequestName.parse(name).orElseThrow(), format);
        return packaged instanceof Packaged.Document(byte[] body, String _, boolean _)
                ? new String(body, StandardCharsets.UTF_8)
                : packaged.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "ladder, master.m3u8, TS",
        "ladder, master.m3u8, FMP4",
        "ladder, ranges.m3u8, FMP4",
        "ladder, index-f4.m3u8, TS",
        "ladder, seg-2-f4.vtt, TS",
        "ladder, seg-2-f4.vtt, FMP4",
        "ladder, sub-f4.vtt, FMP4",
        "ladder, fragment-2-f4-x3.ttml, FMP4",
        "ladder, manifest.mpd, FMP4",
        "ladder, manifest-stpp.mpd, FMP4",
        "ladder, ondemand.mpd, FMP4",
        "ladder, manifest-f2-v1-f3-a1.mpd, FMP4",
        "simple, master.m3u8, TS",
        "simple, index-v1-a1.m3u8, TS",
        "simple, index-v1.m3u8, FMP4",
        "simple, range-v1.m3u8, FMP4",
        "simple, iframes-v1.m3u8, TS",
        "simple, iframes-v1.m3u8, FMP4",
        "simple, manifest-number.mpd, FMP4",
        "clips, master.m3u8, TS",
        "clips, index-v1-a1.m3u8, TS",
        "clips, index-v1.m3u8, FMP4",
        "clips, range-a1.m3u8, FMP4",
        "clips, iframes-v1.m3u8, TS",
        "clips, iframes-v1.m3u8, FMP4",
        "clips, manifest.mpd, FMP4",
        "clips, ondemand.mpd, FMP4",
    })
    void isAsKept(String what, String name, SegmentFormat format) throws Exception {
        Presentation presentation =
                switch (what) {
                    case "ladder" -> ladder();
                    case "simple" -> simple();
                    default -> twoClips();
                };
        int dot = name.lastIndexOf('.');
        if (name.endsWith(".mpd")) {
            MpdSchema.check(text(presentation, name, format));
        }
        GoldenText.check(
                what + "/" + name.substring(0, dot) + "." + format + name.substring(dot),
                text(presentation, name, format));
    }

    @Test
    void everyCodecOfAudioIsAVariantOfItsOwn() throws Exception {
        Presentation two =
                new GoldenManifestsTest()
                        .with(
                                SourceLabels.NONE,
                                SyntheticTracks.avc(640, 360, 20, 3000),
                                SyntheticTracks.aac("eng", 20),
                                SyntheticTracks.numbered(SyntheticTracks.ac3("eng", 20), 2))
                        .presentation();
        GoldenText.check("codecs/master.FMP4.m3u8", text(two, "master.m3u8", SegmentFormat.FMP4));
        GoldenText.check("codecs/manifest.FMP4.mpd", text(two, "manifest.mpd", SegmentFormat.FMP4));
    }

    @Test
    void whatCannotTravelInTransportStreamsIsLeftOut() throws Exception {
        Presentation both =
                new GoldenManifestsTest()
                        .with(
                                SourceLabels.NONE,
                                SyntheticTracks.avc(640, 360, 20, 3000),
                                SyntheticTracks.aac("eng", 20))
                        .with(
                                SourceLabels.NONE,
                                SyntheticTracks.avc(1280, 720, 20, 9000),
                                SyntheticTracks.opus("eng", 20))
                        .presentation();
        assertThat(text(both, "master.m3u8", SegmentFormat.TS))
                .contains("index-f1-v1-a1.m3u8")
                .doesNotContain("index-f2-v1");
        assertThat(text(both, "master.m3u8", SegmentFormat.FMP4)).contains("Opus");
    }

    @Test
    void whereNoSoundOrNoPictureTravelsInTransportStreamsPlaylistsNameFragments() throws Exception {
        Presentation opus =
                new GoldenManifestsTest()
                        .with(
                                SourceLabels.NONE,
                                SyntheticTracks.avc(640, 360, 20, 3000),
                                SyntheticTracks.opus("eng", 20))
                        .presentation();
        assertThat(text(opus, "master.m3u8", SegmentFormat.TS))
                .isEqualTo(text(opus, "master.m3u8", SegmentFormat.FMP4));
        assertThat(text(opus, "index-v1.m3u8", SegmentFormat.TS))
                .contains("#EXT-X-MAP:URI=\"init-v1.mp4\"", "seg-1-v1.m4s")
                .doesNotContain(".ts");
    }

    @Test
    void languageTokensFilter() throws Exception {
        assertThat(text(ladder(), "master-lfra.m3u8", SegmentFormat.FMP4))
                .contains("Français")
                .doesNotContain("NAME=\"English\"", "SUBTITLES");
        assertThat(text(ladder(), "manifest-lfra.mpd", SegmentFormat.FMP4))
                .contains("lang=\"fr\"")
                .doesNotContain("lang=\"en\"", "text/vtt");
    }
}
