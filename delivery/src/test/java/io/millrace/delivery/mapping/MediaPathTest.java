package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.TrackFilter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/// The grammar of multi URLs and path parameters, one row a rule.
class MediaPathTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    # a single file
                    a.mp4                                   | a.mp4
                    dir/a.mp4                               | dir/a.mp4
                    a,b.mp4                                 | a,b.mp4
                    # prefix, parts, postfix
                    dir/v_,1,2,.mp4.urlset                  | dir/v_1.mp4 dir/v_2.mp4
                    ,a.mp4,b.mp4,.urlset                    | a.mp4 b.mp4
                    x/,a,b,c,/v.mp4.urlset                  | x/a/v.mp4 x/b/v.mp4 x/c/v.mp4
                    # across slashes
                    ,dir1/a.mp4,dir2/b.mp4,.urlset          | dir1/a.mp4 dir2/b.mp4
                    # one comma: prefix and postfix; no comma: the suffix goes
                    a,b.mp4.urlset                          | ab.mp4
                    a.mp4.urlset                            | a.mp4
                    # empty parts are legal
                    a,,b.mp4.urlset                         | ab.mp4
                    a,,,b.mp4.urlset                        | ab.mp4 ab.mp4
                    # the suffix counts at the very end only
                    a.urlset/b,c                            | a.urlset/b,c
                    a,b,.urlset/x.mp4                       | a,b,.urlset/x.mp4
                    # parameters go, wherever they stand
                    clipFrom/1000/a.mp4                     | a.mp4
                    x/clipTo/1000/y/a.mp4                   | x/y/a.mp4
                    CLIPFROM/1/x/clipto/2/lang/eng/a.mp4    | x/a.mp4
                    ,lang/eng/a.mp4,lang/fra/fr.srt,.urlset | a.mp4 fr.srt
                    lang/eng/,a,b,.mp4.urlset               | a.mp4 b.mp4
                    tracks/v1-a1/shift/v100/speed/1.5/a.mp4 | a.mp4
                    minBitrate/1/maxBitrate/2/a.mp4         | a.mp4
                    # what only looks like one stays
                    clipFrom/a.mp4                          | clipFrom/a.mp4
                    lang/deutsch/a.mp4                      | lang/deutsch/a.mp4
                    tracks/album/a.mp4                      | tracks/album/a.mp4
                    shift/left/a.mp4                        | shift/left/a.mp4
                    speed/fast/a.mp4                        | speed/fast/a.mp4
                    clipFrom/-5/a.mp4                       | clipFrom/-5/a.mp4
                    clipFroms/5/a.mp4                       | clipFroms/5/a.mp4
                    xlang/eng/a.mp4                         | xlang/eng/a.mp4
                    lang/eng                                | lang/eng
                    # of two of a name both go, and the first counts
                    clipFrom/5/clipFrom/7/a.mp4             | a.mp4
                    """)
    void namesFiles(String path, String names) throws Exception {
        assertThat(MediaPath.parse(path).names()).containsExactly(names.split(" "));
    }

    @Test
    void keepsPositionsAndWhatIsSaidOfEachFile() throws Exception {
        MediaPath path =
                MediaPath.parse(
                        "clipFrom/2000/,lang/ENG/a.mp4,lang/fra/tracks/a2-a3/shift/a50-s20/b.mp4,clipTo/9000/c.mp4,.urlset");
        assertThat(path.files()).extracting(MediaPath.FilePath::sequence).containsExactly(1, 2, 3);
        assertThat(path.files())
                .extracting(file -> file.labels().language())
                .containsExactly("eng", "fra", "");
        assertThat(path.files().get(0).tracks()).isEqualTo(TrackFilter.ALL);
        assertThat(path.files().get(1).tracks()).isEqualTo(new TrackFilter(0, 0b110));
        assertThat(path.files().get(1).shifts()).isEqualTo(Cut.NONE.withShifts(0, 50, 20));
        assertThat(path.cut()).isEqualTo(Cut.range(2000, 9000));
    }

    @Test
    void theFirstOfANameWins() throws Exception {
        MediaPath path = MediaPath.parse("clipFrom/5/lang/eng/clipFrom/7/lang/fra/a.mp4");
        assertThat(path.cut()).isEqualTo(Cut.range(5, Cut.TO_THE_END));
        assertThat(path.files().getFirst().labels().language()).isEqualTo("eng");
    }

    @ParameterizedTest
    @CsvSource({
        "0.5,50",
        "1,100",
        "1.0,100",
        "1.5,150",
        "2,200",
        "2.00,200",
        "1.25,125",
        "1.257,125"
    })
    void readsRates(String speed, int percent) throws Exception {
        assertThat(MediaPath.parse("speed/" + speed + "/a.mp4").cut().ratePercent())
                .isEqualTo(percent);
    }

    @ParameterizedTest
    @CsvSource({
        "v,-1,0",
        "v0,-1,0",
        "a,0,-1",
        "v1,1,0",
        "v1a1,1,1",
        "v1-a2-v3,5,2",
        "a64,0,-9223372036854775808"
    })
    void readsTracks(String tracks, long video, long audio) throws Exception {
        assertThat(MediaPath.parse("tracks/" + tracks + "/a.mp4").files().getFirst().tracks())
                .isEqualTo(new TrackFilter(video, audio));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "clipFrom/5/clipTo/5/a.mp4",
                "clipTo/0/a.mp4",
                "clipFrom/9000/clipTo/10/a.mp4",
                "speed/0.49/a.mp4",
                "speed/2.01/a.mp4",
                "speed/0/a.mp4"
            })
    void refusesWhatCannotBe(String path) {
        assertThatThrownBy(() -> MediaPath.parse(path))
                .isInstanceOfSatisfying(
                        MediaPathException.class,
                        e ->
                                assertThat(e.reason())
                                        .isEqualTo(MediaPathException.Reason.BAD_REQUEST));
    }

    @Test
    void namesThirtyTwoFilesAtMost() throws Exception {
        String thirtyTwo = ",".repeat(33) + "a.mp4.urlset";
        assertThat(MediaPath.parse(thirtyTwo).files()).hasSize(32);
        assertThatThrownBy(() -> MediaPath.parse("," + thirtyTwo))
                .isInstanceOf(MediaPathException.class);
    }

    @Test
    void readsAnyTextInBoundedTime() {
        Random random = new Random(3);
        String[] pieces = {
            "clipFrom",
            "clipTo",
            "lang",
            "tracks",
            "shift",
            "speed",
            "/",
            "/",
            "/",
            ",",
            "1000",
            "v1",
            "a0",
            "eng",
            ".urlset",
            "-",
            "1.5",
            "99999999999999999999",
            "..",
            "é",
            "a.mp4"
        };
        for (int i = 0; i < 20_000; i++) {
            String path =
                    random.ints(random.nextInt(30), 0, pieces.length)
                            .mapToObj(p -> pieces[p])
                            .collect(Collectors.joining());
            try {
                List<String> names = MediaPath.parse(path).names();
                assertThat(names).hasSizeBetween(1, 32);
                assertThat(names).allMatch(name -> name.length() <= path.length());
            } catch (MediaPathException e) {
                assertThat(e.reason()).isEqualTo(MediaPathException.Reason.BAD_REQUEST);
            }
        }
    }
}
