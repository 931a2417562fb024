package io.millrace.delivery.webvtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import org.junit.jupiter.api.Test;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Random;

class SubtitleReaderTest {
    private static final String VTT =
            """
            WEBVTT - a title
            Kind: captions

            STYLE
            ::cue { color: yellow }

            NOTE nobody
            reads this

            REGION
            id:bill
            lines:3

            1
            00:01.000 --> 00:02.500 line:0 align:start
            Hello <b>there</b>
            second line

            00:00:03.000 --> 100:00:04.000
            Long &amp; late

            broken
            00:05.000 -> 00:06.000
            lost

            00:09.000 --> 00:08.000
            backwards
            """;

    private static final String SRT =
            """
            1
            00:00:01,000 --> 00:00:02,500
            {\\an8}Hello <i>there</i> & <font color="red">red</font> 1 < 2

            2
            00:00:02.600 --> 00:00:04.000 X1:10 X2:20
            Two
            lines
            3
            00:00:05,5 --> 00:00:06,000
            No empty line before

            4
            garbage
            text
            """;

    private static Subtitles read(String text) throws MediaException {
        return SubtitleReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWebVtt() throws Exception {
        Subtitles vtt = read(VTT);
        assertThat(vtt.blocks())
                .containsExactly("STYLE\n::cue { color: yellow }", "REGION\nid:bill\nlines:3");
        assertThat(vtt.cues())
                .containsExactly(
                        new Cue(
                                "1",
                                1000,
                                2500,
                                "line:0 align:start",
                                "Hello <b>there</b>\nsecond line"),
                        new Cue("", 3000, 360_004_000, "", "Long &amp; late"));
        assertThat(vtt.skipped()).isEqualTo(2);
    }

    @Test
    void readsSubRipAsWebVtt() throws Exception {
        Subtitles srt = read(SRT);
        assertThat(srt.cues())
                .containsExactly(
                        new Cue("", 1000, 2500, "line:0", "Hello <i>there</i> &amp; red 1 &lt; 2"),
                        new Cue("", 2600, 4000, "", "Two\nlines"),
                        new Cue("", 5500, 6000, "", "No empty line before"));
        assertThat(srt.skipped()).isEqualTo(1);
    }

    @Test
    void readsWhateverEncodingTheFileIsIn() throws Exception {
        String text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nGrüße, café\r\n";
        byte[] latin = text.getBytes(Charset.forName("windows-1252"));
        for (byte[] bytes :
                new byte[][] {
                    text.getBytes(StandardCharsets.UTF_8),
                    ('\uFEFF' + text).getBytes(StandardCharsets.UTF_8),
                    text.getBytes(StandardCharsets.UTF_16LE),
                    text.getBytes(StandardCharsets.UTF_16BE),
                    ('\uFEFF' + text).getBytes(StandardCharsets.UTF_16LE),
                    ('\uFEFF' + text).getBytes(StandardCharsets.UTF_16BE),
                    latin
                }) {
            assertThat(SubtitleReader.read(bytes).cues())
                    .containsExactly(new Cue("", 1000, 2000, "", "Grüße, café"));
        }
    }

    @Test
    void anEmptyFileIsAnEmptyTrackAndGarbageIsRefused() throws Exception {
        assertThat(read("").cues()).isEmpty();
        assertThat(read("WEBVTT\n").cues()).isEmpty();
        assertThatThrownBy(() -> read("This is\nno subtitle\n\nat all\nbut prose\n"))
                .isInstanceOf(MalformedMediaException.class);
        assertThatThrownBy(() -> SubtitleReader.read(new byte[SubtitleReader.MAX_BYTES + 1]))
                .isInstanceOf(UnsupportedMediaException.class);
    }

    @Test
    void aManyCuesFileIsReadInLinearTimeUpToItsLimit() {
        var text = new StringBuilder("WEBVTT\n\n");
        for (int i = 0; i <= SubtitleReader.MAX_CUES; i++) {
            text.append("00:01.000 --> 00:02.000\nx\n\n");
        }
        assertThatThrownBy(() -> read(text.toString()))
                .isInstanceOf(UnsupportedMediaException.class)
                .hasMessageContaining("100000");
    }

    @Test
    void noInputMakesItFailOtherwise() {
        var random = new Random(7);
        for (String seed : new String[] {VTT, SRT}) {
            byte[] bytes = seed.getBytes(StandardCharsets.UTF_8);
            for (int round = 0; round < 3000; round++) {
                byte[] mutated = bytes.clone();
                for (int i = 0; i < 1 + round % 9; i++) {
                    mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
                }
                try {
                    Subtitles read = SubtitleReader.read(mutated);
                    for (Cue cue : read.cues()) {
                        assertThat(cue.payload()).doesNotContain("\n\n");
                    }
                    TtmlWriter.write(read, 0, Long.MAX_VALUE, 0, "en");
                } catch (MediaException e) {
                    assertThat(e).hasMessageContaining("subtitles");
                }
            }
        }
    }

    @Test
    void readsWhatItWrote() throws Exception {
        Subtitles vtt = read(VTT);
        Subtitles again = read(WebVttWriter.whole(vtt));
        assertThat(again.cues()).isEqualTo(vtt.cues());
        assertThat(again.blocks()).isEqualTo(vtt.blocks());
        assertThat(again.skipped()).isZero();
    }
}
