package io.millrace.delivery.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TrackFilter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

class MappingReaderTest {
    private static Recipe read(String json) throws MediaPathException {
        return new MappingReader(PackagingOptions.DEFAULT, "/media/")
                .read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatUsersOfNginxVodWrite() throws Exception {
        Recipe recipe =
                read(
                        """
                        {'id': 'x', 'playlistType': 'vod', 'discontinuity': true, 'segmentDuration': 4000,
                         'durations': [10000, 5000], 'clipFrom': 500, 'clipTo': 12000,
                         'closedCaptions': [{'id': 'cc1', 'language': 'eng', 'label': 'English'}],
                         'notifications': [], 'consistentSequenceMediaInfo': true,
                         'sequences': [
                          {'id': 'main', 'bitrate': {'v': 900000}, 'clips': [
                            {'type': 'source', 'path': '/media/a.mp4', 'tracks': 'v1-a1', 'clipFrom': 2000},
                            {'type': 'rateFilter', 'rate': 1.5, 'source': {'type': 'source', 'path': 'b.mp4'}}]},
                          {'language': 'fra', 'label': 'Français', 'default': true, 'clips': [
                            {'path': '/elsewhere/a.srt'}, {'path': 'empty'}]}]}
                        """);
        assertThat(recipe.clips())
                .containsExactly(
                        new Recipe.Clip(
                                List.of(
                                        new Recipe.Source(
                                                "a.mp4",
                                                1,
                                                "main",
                                                TrackFilter.of(1, 1),
                                                SourceLabels.NONE,
                                                Cut.range(2000, Cut.TO_THE_END)),
                                        new Recipe.Source(
                                                "elsewhere/a.srt",
                                                2,
                                                "",
                                                TrackFilter.ALL,
                                                new SourceLabels("fra", "Français", true),
                                                Cut.NONE)),
                                10_000),
                        new Recipe.Clip(
                                List.of(
                                        new Recipe.Source(
                                                "b.mp4",
                                                1,
                                                "main",
                                                TrackFilter.ALL,
                                                SourceLabels.NONE,
                                                Cut.NONE.withRate(150)),
                                        new Recipe.Source(
                                                "",
                                                2,
                                                "",
                                                TrackFilter.ALL,
                                                new SourceLabels("fra", "Français", true),
                                                Cut.NONE)),
                                5_000));
        assertThat(recipe.cut()).isEqualTo(Cut.range(500, 12_000));
        assertThat(recipe.packaging().segmentDuration()).isEqualTo(Duration.ofSeconds(4));
        assertThat(recipe.closedCaptions())
                .containsExactly(new ClosedCaption("CC1", "eng", "English"));
        assertThat(recipe.files()).containsExactly("a.mp4", "elsewhere/a.srt", "b.mp4");
    }

    @Test
    void aConcatIsAsManyClips() throws Exception {
        Recipe recipe =
                read(
                        "{'sequences':[{'clips':[{'type':'concat','basePath':'/media/x/','paths':['1.mp4','2.mp4','1.mp4'],'durations':[1,2,3]}]}]}");
        assertThat(recipe.clips()).extracting(Recipe.Clip::durationMs).containsExactly(1L, 2L, 3L);
        assertThat(recipe.files()).containsExactly("x/1.mp4", "x/2.mp4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    | is no object
                    nonsense | is no JSON
                    [] | is no object
                    {} | sequences: none
                    {'sequences': 5} | sequences: expected a list
                    {'sequences': []} | sequences: none
                    {'sequences': [{}]} | sequence 1: 0 clips
                    {'sequences': [{'clips': [{}]}]} | a clip has no path
                    {'sequences': [{'clips': [{'path': ['x']}]}]} | path: expected a text
                    {'sequences': [{'clips': [{'path': 'http://x/a.mp4'}]}]} | remote files are not supported
                    {'sequences': [{'clips': [{'path': 'a', 'sourceType': 'http'}]}]} | sourceType http is not
                    {'sequences': [{'clips': [{'path': 'a', 'encryptionKey': 'x'}]}]} | encrypted sources
                    {'sequences': [{'clips': [{'path': 'a', 'tracks': 'x1'}]}]} | tracks: x1
                    {'sequences': [{'clips': [{'path': 'a', 'clipFrom': -1}]}]} | clipFrom: -1
                    {'sequences': [{'clips': [{'path': 'a', 'clipFrom': 5, 'clipTo': 5}]}]} | is not before
                    {'sequences': [{'clips': [{'type': 'mixFilter', 'sources': []}]}]} | clip type mixFilter is not supported
                    {'sequences': [{'clips': [{'type': 'gainFilter'}]}]} | clip type gainFilter is not supported
                    {'sequences': [{'clips': [{'type': 'other'}]}]} | clip type other is unknown
                    {'sequences': [{'clips': [{'type': 'rateFilter', 'rate': 3, 'source': {'path': 'a'}}]}]} | rate: 3
                    {'sequences': [{'clips': [{'type': 'rateFilter', 'rate': 1}]}]} | without a source
                    {'sequences': [{'clips': [{'type': 'concat'}]}]} | concat without paths
                    {'sequences': [{'clips': [{'type': 'concat', 'paths': ['a'], 'durations': [1, 2]}]}]} | 2 durations of 1 paths
                    {'sequences': [{'clips': [{'path': 'a'}]}, {'clips': [{'path': 'a'}, {'path': 'b'}]}]} | as many as the first
                    {'sequences': [{'id': 'a-b', 'clips': [{'path': 'a'}]}]} | holds a dash
                    {'durations': [0], 'sequences': [{'clips': [{'path': 'a'}]}]} | duration: 0
                    {'durations': [90000001], 'sequences': [{'clips': [{'path': 'a'}]}]} | duration: 90000001
                    {'durations': [1, 2], 'sequences': [{'clips': [{'path': 'a'}]}]} | 2 durations of 1 clips
                    {'segmentDuration': 10, 'sequences': [{'clips': [{'path': 'a'}]}]} | segmentDuration: 10
                    {'playlistType': 'live', 'sequences': [{'clips': [{'path': 'a'}]}]} | playlistType: live
                    {'closedCaptions': [{'id': 'CC9'}], 'sequences': [{'clips': [{'path': 'a'}]}]} | closedCaptions id: CC9
                    """)
    void saysWhatIsWrong(String json, String text) {
        assertThatThrownBy(() -> read(json == null ? "" : json))
                .isInstanceOfSatisfying(
                        MediaPathException.class,
                        e ->
                                assertThat(e.reason())
                                        .isEqualTo(MediaPathException.Reason.BAD_MAPPING))
                .hasMessageContaining(text);
    }

    @Test
    void countsAreLimited() {
        String clip = "{'path': 'a'}";
        assertThatThrownBy(
                        () ->
                                read(
                                        "{'sequences': [{'clips': ["
                                                + (clip + ",").repeat(128)
                                                + clip
                                                + "]}]}"))
                .hasMessageContaining("clips: expected a list of at most 128");
        String sequence = "{'clips': [" + clip + "]}";
        assertThatThrownBy(
                        () ->
                                read(
                                        "{'sequences': ["
                                                + (sequence + ",").repeat(32)
                                                + sequence
                                                + "]}"))
                .hasMessageContaining("sequences: expected a list of at most 32");
    }

    @Test
    void nothingElseIsThrownWhateverTheTextSays() throws Exception {
        String json =
                "{'durations':[10,20],'clipFrom':5,'sequences':[{'id':'x','clips':[{'path':'a','tracks':'v1'},"
                        + "{'type':'rateFilter','rate':1.5,'source':{'path':'b'}}]}]}";
        Random random = new Random(11);
        for (int i = 0; i < 5_000; i++) {
            StringBuilder changed = new StringBuilder(json);
            for (int n = random.nextInt(4); n >= 0; n--) {
                int at = random.nextInt(changed.length());
                switch (random.nextInt(3)) {
                    case 0 -> changed.deleteCharAt(at);
                    case 1 -> changed.setCharAt(at, (char) (random.nextInt(95) + 32));
                    default -> changed.insert(at, "[]{}',:-19e".charAt(random.nextInt(11)));
                }
            }
            try {
                read(changed.toString());
            } catch (MediaPathException e) {
                assertThat(e.reason()).isEqualTo(MediaPathException.Reason.BAD_MAPPING);
            }
        }
    }
}
