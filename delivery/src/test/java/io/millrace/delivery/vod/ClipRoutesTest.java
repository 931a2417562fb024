package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Parts of files, at other rates and times, judged by ffmpeg: 25 pictures a second, a key frame
/// each second.
class ClipRoutesTest {
    @TempDir static Path root;

    private static ServedRoutes served;

    @BeforeAll
    static void serve() throws Exception {
        Ffmpeg.makeClip(root.resolve("a.mp4"), 320, 180, 8);
        Ffmpeg.makeClip(root.resolve("b.mp4"), 640, 360, 8);
        Files.writeString(
                root.resolve("t.srt"),
                "1\n00:00:01,000 --> 00:00:02,500\nfirst\n\n2\n00:00:04,000 --> 00:00:05,000\nsecond\n");
        served =
                new ServedRoutes(
                        new DeliveryOptions(
                                Duration.ofSeconds(2),
                                64 << 20,
                                16 << 20,
                                true,
                                2,
                                16 << 20,
                                1 << 28));
        served.routes().serveFolder("/", new LocalFolder(root), true);
        served.start();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static String url(String path) {
        return served.url(path);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return served.get(path);
    }

    @ParameterizedTest
    @CsvSource({"hls, master.m3u8", "hlsf, master.m3u8", "dash, manifest.mpd"})
    void aClipStartsAtAKeyFrameAndHasTheSourcesPictures(String route, String name)
            throws Exception {
        String path = "/" + route + "/clipFrom/1400/clipTo/5200/a.mp4/" + name;
        List<String> source = pictures(root.resolve("a.mp4").toString());
        List<String> clip = pictures(url(path));
        // 2.00 s to 5.20 s; a picture that others lean on may come after the end.
        assertThat(clip).hasSizeBetween(80, 82);
        assertThat(clip.subList(0, 80)).isEqualTo(source.subList(50, 130));
        double video = start(url(path), "v:0");
        double audio = start(url(path), "a:0");
        assertThat(audio - video).isBetween(-0.001, 0.024);
        if (!route.equals("hls")) {
            assertThat(video).isCloseTo(0, within(0.001));
        }
    }

    private static double start(String input, String stream) throws Exception {
        return Double.parseDouble(TestClips.probe(Path.of(input), stream, "stream=start_time"));
    }

    /// A hash of each picture.
    private static List<String> pictures(String input) throws Exception {
        Ffmpeg.Output output =
                Ffmpeg.run(
                        List.of(
                                "-v",
                                "error",
                                "-i",
                                input,
                                "-map",
                                "0:v:0",
                                "-fps_mode",
                                "passthrough",
                                "-f",
                                "framehash",
                                "-"));
        assertThat(output.exitCode()).as(output.text()).isZero();
        return output.text()
                .lines()
                .filter(line -> line.startsWith("0,"))
                .map(line -> line.substring(line.lastIndexOf(',') + 1).strip())
                .toList();
    }

    @Test
    void renditionsOfALadderAreCutTogether() throws Exception {
        String base = "/hlsf/clipFrom/3000/,a,b,.mp4.urlset/";
        assertThat(durations(get(base + "index-f1-v1.m3u8").body()))
                .isEqualTo(durations(get(base + "index-f2-v1.m3u8").body()))
                .hasSize(3);
        assertThat(pictures(url(base + "index-f2-v1.m3u8"))).hasSize(125);
    }

    private static List<Double> durations(String playlist) {
        return Pattern.compile("#EXTINF:([0-9.]+)")
                .matcher(playlist)
                .results()
                .map((MatchResult m) -> Double.valueOf(m.group(1)))
                .toList();
    }

    @Test
    void aFileAtAnotherRateHasAllItsPicturesInLessTime() throws Exception {
        String path = "/hlsf/speed/1.6/a.mp4/index-v1.m3u8";
        assertThat(durations(get(path).body()).stream().mapToDouble(d -> d).sum())
                .isCloseTo(5.0, within(0.001));
        assertThat(pictures(url(path))).isEqualTo(pictures(root.resolve("a.mp4").toString()));
    }

    @Test
    void shiftedSoundIsLater() throws Exception {
        String plain = url("/hlsf/a.mp4/master.m3u8");
        String shifted = url("/hlsf/shift/a300/a.mp4/master.m3u8");
        double before = start(plain, "a:0") - start(plain, "v:0");
        assertThat(start(shifted, "a:0") - start(shifted, "v:0") - before)
                .isCloseTo(0.3, within(0.002));
    }

    @Test
    void tracksAreLeftOut() throws Exception {
        assertThat(get("/hls/tracks/a1/a.mp4/master.m3u8").body()).doesNotContain("RESOLUTION");
        assertThat(get("/hls/tracks/v1/a.mp4/index-v1-a1.m3u8").statusCode()).isEqualTo(404);
        assertThat(get("/hls/tracks/v1/a.mp4/index.m3u8").statusCode()).isEqualTo(200);
    }

    @Test
    void videosOutsideABitRateAreLeftOut() throws Exception {
        String all = get("/hls/,a,b,.mp4.urlset/master.m3u8").body();
        assertThat(all).contains("320x180", "640x360");
        List<Long> rates =
                Pattern.compile("AVERAGE-BANDWIDTH=(\\d+)")
                        .matcher(all)
                        .results()
                        .map(m -> Long.valueOf(m.group(1)))
                        .sorted()
                        .toList();
        long between = (rates.getFirst() + rates.getLast()) / 2;
        assertThat(get("/hls/maxBitrate/" + between + "/,a,b,.mp4.urlset/master.m3u8").body())
                .contains("320x180", "index-f1-")
                .doesNotContain("640x360");
        assertThat(get("/hls/minBitrate/" + between + "/,a,b,.mp4.urlset/master.m3u8").body())
                .contains("640x360", "index-f2-")
                .doesNotContain("320x180");
    }

    @Test
    void subtitlesAreCutWithTheRest() throws Exception {
        String base = "/hls/clipFrom/3000/,a.mp4,lang/fra/t.srt,.urlset/";
        assertThat(get(base + "master.m3u8").body()).contains("TYPE=SUBTITLES", "LANGUAGE=\"fr\"");
        // The second text was at 4 s, so it is at 1 s now.
        assertThat(get(base + "seg-1-f2.vtt").body())
                .contains("second", "00:00:01.000 --> 00:00:02.000")
                .doesNotContain("first");
    }

    @Test
    void aListOfOneRenditionHasItsSound() throws Exception {
        String master = get("/hlsf/,a,b,.mp4.urlset/master-f2.m3u8").body();
        assertThat(master).contains("640x360", "TYPE=AUDIO").doesNotContain("320x180");
    }

    @ParameterizedTest
    @CsvSource({
        "clipFrom/5000/clipTo/4000/a.mp4/master.m3u8, 400",
        "clipFrom/5000/clipTo/5000/a.mp4/index.m3u8, 400",
        "speed/3/a.mp4/index.m3u8, 400",
        "clipFrom/9000/a.mp4/index.m3u8, 404",
        "clipFrom/7500/a.mp4/index.m3u8, 404",
        "clipFrom/3100/clipTo/3900/a.mp4/index.m3u8, 404",
        "clipFrom/1000/clipTo/3000/a.mp4/seg-1.ts, 200",
        "clipFrom/1000/clipTo/3000/a.mp4/seg-2.ts, 404",
        "a.mp4/seg-1-v1-v2.ts, 400",
        "a.mp4/index-a1-a2.m3u8, 400",
        "a.mp4/seg-1-v2.ts, 404",
        "a.mp4/seg-0.ts, 400",
        "a.mp4/seg-5.ts, 404",
        "a.mp4/seg-4-i1.ts, 404",
        "a.mp4/seg-3-i1.ts, 200",
        "a.mp4/seg1v1a1.ts, 200",
        "a.mp4/seg-1-v1-a1-p100-leng-x3.ts, 200",
        "a.mp4/seg-1-v1-a1-zz.ts, 400",
        "'a.mp4/index-f1-v1.m3u8', 200",
        "'a.mp4/index-f2-v1.m3u8', 404",
        "'a.mp4/index-f33-v1.m3u8', 400",
        "'a.mp4/index-sx-v1.m3u8', 404",
        "'a.mp4.urlset/master.m3u8', 200",
        "'%2Ca.mp4%2Cb.mp4%2C.urlset/index-f2.m3u8', 200",
        "',a,b,.mp4.urlset/index-f1-v1-f2-a1.m3u8', 200",
        "',a,b,.mp4.urlset/index-f1-v1-f2-v1.m3u8', 400",
        "',a,b,.mp4.urlset/index-f1-f2-a1.m3u8', 404",
        "',a,b,.mp4.urlset/master-f2.m3u8', 200",
        "',a,gone,.mp4.urlset/master.m3u8', 404",
    })
    void statusCodes(String path, int status) throws Exception {
        HttpResponse<String> reply = get("/hls/" + path);
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE"})
    void onlyReads(String method) throws Exception {
        HttpResponse<String> reply =
                served.client()
                        .send(
                                served.request("/hls/a.mp4/master.m3u8")
                                        .method(method, HttpRequest.BodyPublishers.noBody())
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
        assertThat(reply.statusCode()).isEqualTo(405);
    }
}
