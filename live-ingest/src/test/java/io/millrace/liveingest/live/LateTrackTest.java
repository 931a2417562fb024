package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What playlists and manifests make of tracks that come late, are lost, and come back.
class LateTrackTest {
    private final StagedStream stream;

    LateTrackTest() throws IOException {
        stream = new StagedStream("1", "2");
    }

    @AfterEach
    void close() throws IOException {
        stream.close();
    }

    /// Media sequence number of the first segment.
    private static long firstOf(String playlist) {
        return Long.parseLong(
                playlist.lines()
                        .filter(line -> line.startsWith("#EXT-X-MEDIA-SEQUENCE:"))
                        .findFirst()
                        .orElseThrow()
                        .substring("#EXT-X-MEDIA-SEQUENCE:".length()));
    }

    private static List<String> segments(String playlist) {
        return playlist.lines().filter(line -> line.contains("-seg-")).toList();
    }

    private static long count(String text, String what) {
        return Arrays.stream(text.split("\n", -1)).filter(line -> line.contains(what)).count();
    }

    /// The MPD from one period's start to its end.
    private static String period(String mpd, int index) {
        return mpd.split("<Period ", -1)[index + 1];
    }

    @Test
    void soundThatComesFiveSecondsLateIsListedFromThenOn() throws Exception {
        var encoder = stream.rendition(0);
        stream.run(
                () -> {
                    encoder.tracks(StagedStream.AVC, null);
                    encoder.until(5000, true, false);
                });
        assertThat(stream.get("master.m3u8").body())
                .doesNotContain("TYPE=AUDIO", "mp4a")
                .contains("FRAME-RATE=25.000");
        String before = stream.get("v1.m3u8").body();
        stream.run(
                () -> {
                    encoder.tracks(StagedStream.AVC, StagedStream.AAC);
                    encoder.until(12_000, true, true);
                });
        assertThat(stream.get("master.m3u8").body())
                .contains("TYPE=AUDIO", "URI=\"a1.m3u8\"", "mp4a.40.2", "AUDIO=\"audio\"");
        // Who plays the pictures goes on in the same playlist, over one discontinuity.
        String after = stream.get("v1.m3u8").body();
        assertThat(firstOf(after)).isEqualTo(firstOf(before));
        assertThat(segments(after)).startsWith(segments(before).toArray(String[]::new));
        assertThat(count(after, "#EXT-X-DISCONTINUITY")).isEqualTo(1);
        assertThat(after).contains("#EXT-X-RENDITION-REPORT:URI=\"a1.m3u8\"");
        // The sound's segments have the pictures' numbers.
        String sound = stream.get("a1.m3u8").body();
        assertThat(firstOf(sound)).isGreaterThan(firstOf(after));
        assertThat(segments(after))
                .containsSubsequence(
                        segments(sound).stream().map(name -> name.replace("a1-", "v1-")).toList());
        String ts = stream.get("index-ts.m3u8").body();
        assertThat(ts).contains("mp4a.40.2", "ts1.m3u8");
        assertThat(count(stream.get("ts1.m3u8").body(), "#EXT-X-DISCONTINUITY")).isEqualTo(1);
        String mpd = stream.get("manifest.mpd").body();
        assertThat(count(mpd, "<Period ")).isEqualTo(2);
        assertThat(period(mpd, 0)).doesNotContain("contentType=\"audio\"");
        assertThat(period(mpd, 1)).contains("contentType=\"audio\"", "frameRate=\"25\"");
    }

    @Test
    void aSecondRenditionThatComesLateIsAVariantFromThenOn() {
        var first = stream.rendition(0);
        var second = stream.rendition(1);
        stream.run(
                () -> {
                    first.tracks(StagedStream.AVC, StagedStream.AAC);
                    first.until(5000, true, true);
                });
        assertThat(stream.get("master.m3u8").body()).doesNotContain("v2.m3u8");
        stream.run(
                () -> {
                    second.tracks(StagedStream.AVC, null);
                    second.until(9000, true, false);
                    first.until(9000, true, true);
                });
        assertThat(stream.get("master.m3u8").body()).contains("\nv1.m3u8", "\nv2.m3u8");
        assertThat(stream.get("v1.m3u8").body())
                .contains("#EXT-X-RENDITION-REPORT:URI=\"v2.m3u8\"")
                .doesNotContain("#EXT-X-DISCONTINUITY");
        assertThat(stream.get("v2.m3u8").body()).doesNotContain("#EXT-X-DISCONTINUITY");
        assertThat(stream.get("index-ts.m3u8").body()).contains("ts1.m3u8", "ts2.m3u8");
        assertThat(stream.get("manifest.mpd").body())
                .contains("<Representation id=\"v1\"", "<Representation id=\"v2\"");
    }

    @Test
    void soundThatIsLostIsAGapAndNoNumberIsMissing() {
        var encoder = stream.rendition(0);
        stream.run(
                () -> {
                    encoder.tracks(StagedStream.AVC, StagedStream.AAC);
                    encoder.until(4500, true, true);
                    encoder.until(11_000, true, false);
                    encoder.until(16_500, true, true);
                });
        String sound = stream.get("a1.m3u8").body();
        String pictures = stream.get("v1.m3u8").body();
        assertThat(segments(sound)).hasSameSizeAs(segments(pictures));
        // What was heard last before the hole ends there, in the segment where it began: 100 to
        // 102,
        // nothing in 103 and 104, and 105 begins with the hole's rest.
        assertThat(stream.presentation.window("a1"))
                .satisfies(
                        window ->
                                assertThat(requireNonNull(window).view().kept())
                                        .filteredOn(segment -> !segment.isGap())
                                        .allMatch(segment -> segment.durationMs() < 2500));
        assertThat(pictures).doesNotContain("GAP");
        assertThat(lengthOf(sound)).isCloseTo(lengthOf(pictures), within(0.1));
        List<String> lines = sound.lines().toList();
        List<String> missing = lines.stream().filter(line -> line.endsWith(",GAP=YES")).toList();
        assertThat(count(sound, "#EXT-X-GAP")).isEqualTo(2);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals("#EXT-X-GAP")) {
                // Nothing of it is offered.
                assertThat(lines.get(i - 1)).endsWith(",GAP=YES");
                assertThat(stream.get(lines.get(i + 2)).statusCode()).isEqualTo(404);
            }
        }
        assertThat(missing).hasSize(11 + 6 + 4);
        assertThat(missing)
                .allSatisfy(
                        line -> {
                            assertThat(Double.parseDouble(line.substring(21, 26)))
                                    .isLessThanOrEqualTo(0.334);
                            assertThat(stream.get(uriOf(line)).statusCode()).isEqualTo(404);
                        });
        // What follows in the same segment is offered, under the numbers behind those.
        assertThat(lines)
                .filteredOn(line -> line.startsWith("#EXT-X-PART:") && !line.endsWith("GAP=YES"))
                .isNotEmpty()
                .allSatisfy(
                        line -> assertThat(stream.get(uriOf(line)).statusCode()).isEqualTo(200));
    }

    /// Of all segments.
    private static double lengthOf(String playlist) {
        return playlist.lines()
                .filter(line -> line.startsWith("#EXTINF:"))
                .mapToDouble(
                        line ->
                                Double.parseDouble(
                                        line.substring("#EXTINF:".length(), line.length() - 1)))
                .sum();
    }

    private static String uriOf(String part) {
        int at = part.indexOf("URI=\"") + 5;
        return part.substring(at, part.indexOf('"', at));
    }

    @Test
    void whoWaitsForAPartThatDoesNotComeIsToldSo() throws Exception {
        var encoder = stream.rendition(0);
        stream.run(
                () -> {
                    encoder.tracks(StagedStream.AVC, StagedStream.AAC);
                    encoder.until(4500, true, true);
                });
        // The part that was hinted at takes what there still is.
        assertThat(stream.get("a1.m3u8").body()).contains("HINT:TYPE=PART,URI=\"a1-part-102.1-");
        var last = stream.ask("a1-part-102.1-100.m4s");
        await().until(() -> stream.handler.held() == 1);
        stream.run(() -> encoder.until(7500, true, false));
        assertThat(last.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(stream.get("a1.m3u8").body())
                .contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"a1-part-103.0-100.m4s\"");
        var part = stream.ask("a1-part-103.0-100.m4s");
        await().until(() -> stream.handler.held() == 1);
        stream.run(() -> encoder.until(9500, true, false));
        // The segment ended without it.
        assertThat(part.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
        String hole = stream.get("a1.m3u8?_HLS_msn=103&_HLS_part=10").body();
        assertThat(count(hole, "a1-part-103.")).isEqualTo(11);
        assertThat(hole).contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"a1-part-104.0-100.m4s\"");
        assertThat(stream.get("v1.m3u8").body())
                .contains("URI=\"a1.m3u8\",LAST-MSN=103,LAST-PART=10\n");
        // What is asked for next is there when the sound is, whatever was missing before.
        var first = stream.ask("a1-part-104.0-100.m4s");
        var reload = stream.ask("a1.m3u8?_HLS_msn=104&_HLS_part=0");
        await().until(() -> stream.handler.held() == 2);
        stream.run(() -> encoder.until(11_500, true, true));
        assertThat(first.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
        assertThat(reload.get(60, TimeUnit.SECONDS).body())
                .containsPattern("a1-part-104\\.0-100.m4s\",GAP=YES\n#EXT-X-PART")
                .containsPattern("a1-part-104\\.[0-9]+-100.m4s\",INDEPENDENT=YES\n");
    }
}
