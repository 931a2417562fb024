package io.millrace.delivery.webvtt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

class SubtitleWriterTest {
    private static final Subtitles TEXT =
            new Subtitles(
                    List.of("STYLE\n::cue { color: yellow }"),
                    List.of(
                            new Cue("a", 500, 2500, "line:0", "One <b>bold</b>"),
                            new Cue("", 5500, 6500, "", "Two &lt;\nlines <v Bob>said</v>"),
                            new Cue("", 12_000, 13_000, "", "Three <i>open & <b>nested")),
                    0);

    @Test
    void aCueThatSpansABoundaryStandsInBothSegmentsWithItsOwnTimes() {
        assertThat(WebVttWriter.segment(TEXT, 0, 6000, 0, 900_000))
                .isEqualTo(
                        """
                        WEBVTT
                        X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

                        STYLE
                        ::cue { color: yellow }

                        a
                        00:00:00.500 --> 00:00:02.500 line:0
                        One <b>bold</b>

                        00:00:05.500 --> 00:00:06.500
                        Two &lt;
                        lines <v Bob>said</v>
                        """);
        assertThat(WebVttWriter.segment(TEXT, 6000, 12_000, 0, 0))
                .contains("MPEGTS:0,", "00:00:05.500 --> 00:00:06.500")
                .doesNotContain("bold", "Three");
    }

    @Test
    void clippedTextStartsAtZero() {
        Subtitles clipped = TEXT.clip(2000, 6000, 1);
        assertThat(clipped.cues())
                .extracting(Cue::startMs, Cue::endMs)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0L, 500L),
                        org.assertj.core.groups.Tuple.tuple(3500L, 4000L));
        assertThat(TEXT.clip(0, 20_000, 2).cues().getLast().endMs()).isEqualTo(6500);
    }

    @Test
    void ttmlIsWellFormedAndKeepsWhatItCan() throws Exception {
        String ttml = TtmlWriter.write(TEXT, 6000, 20_000, 1000, "en");
        assertThat(ttml)
                .contains("begin=\"00:00:07.000\" end=\"00:00:07.500\"")
                .contains("Two &lt;<br/>lines said</p>")
                .contains(
                        "Three <span tts:fontStyle=\"italic\">open &amp; "
                                + "<span tts:fontWeight=\"bold\">nested</span></span></p>")
                .doesNotContain("One");
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(ttml.getBytes(StandardCharsets.UTF_8)));
    }
}
