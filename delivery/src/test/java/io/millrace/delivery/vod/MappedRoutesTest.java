package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.mapping.MappingStore;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// Mappings from a folder and from a real server, played by ffmpeg.
class MappedRoutesTest {
    private static final int SECONDS = 5;

    @TempDir static Path temporary;

    private static final AtomicInteger ASKED = new AtomicInteger();
    private static final CountDownLatch HELD = new CountDownLatch(1);
    private static Path mappings;
    private static ServedRoutes served;
    private static HttpServer upstream;

    @BeforeAll
    static void serve() throws Exception {
        Path media = Files.createDirectories(temporary.resolve("media"));
        mappings = Files.createDirectories(temporary.resolve("mappings"));
        Ffmpeg.makeClip(media.resolve("a.mp4"), 320, 180, SECONDS);
        Ffmpeg.makeClip(media.resolve("b.mp4"), 320, 180, SECONDS);
        Ffmpeg.makeClip(media.resolve("b large.mp4"), 640, 360, SECONDS);
        Files.writeString(temporary.resolve("outside.mp4"), "not to be served");
        mapping("one.json", "{'sequences':[{'clips':[{'path':'/a.mp4'}]}]}");
        mapping(
                "two.json",
                "{'sequences':[{'clips':[{'path':'a.mp4'},{'path':'"
                        + media.toAbsolutePath()
                        + "/b.mp4','clipFrom':2000}]}]}");
        mapping(
                "ladder.json",
                "{'sequences':[{'id':'low','clips':[{'path':'b.mp4'}]},{'id':'high','clips':[{'path':'b large.mp4'}]},"
                        + "{'language':'fra','label':'Français','clips':[{'path':'empty'}]}]}");
        mapping(
                "fast.json",
                "{'sequences':[{'clips':[{'type':'rateFilter','rate':2,'source':{'path':'a.mp4'}}]}]}");
        mapping(
                "cut.json",
                "{'durations':[2000,3000],'sequences':[{'clips':[{'path':'a.mp4'},{'path':'b.mp4'}]}]}");
        mapping("gone.json", "{'sequences':[{'clips':[{'path':'gone.mp4'}]}]}");
        mapping("escape.json", "{'sequences':[{'clips':[{'path':'../outside.mp4'}]}]}");
        mapping("bad.json", "{'sequences':");
        Files.writeString(mappings.resolve("long.json"), " ".repeat(70_000));

        served =
                new ServedRoutes(
                        new DeliveryOptions(
                                Duration.ofSeconds(2), 64 << 20, 16 << 20, false, 2, 0, 1 << 28));
        upstream = upstream();
        DeliveryRoutes routes = served.routes();
        var files = routes.filesOf("media", new LocalFolder(media), Duration.ofSeconds(5));
        String root = media.toAbsolutePath() + "/";
        routes.serveMapped(
                "/files/",
                new MappingStore.Files(
                        routes.filesOf(
                                "mappings", new LocalFolder(mappings), Duration.ofSeconds(5)),
                        65_536),
                files,
                root,
                Duration.ofSeconds(10),
                true);
        routes.serveMapped(
                "/http/",
                new MappingStore.Upstream(
                        served.client(),
                        URI.create("http://127.0.0.1:" + upstream.localPort() + "/maps/"),
                        Duration.ofSeconds(1),
                        65_536),
                files,
                root,
                Duration.ofSeconds(10),
                true);
        served.start();
    }

    private static void mapping(String name, String json) throws IOException {
        Files.writeString(mappings.resolve(name), json.replace('\'', '"'));
    }

    /// Answers like an application that knows its media.
    private static HttpServer upstream() throws Exception {
        var router = new HttpRouter();
        router.add(
                "/maps/",
                "maps",
                io.millrace.delivery.http.HttpHandler.blocking(
                        exchange -> {
                            ASKED.incrementAndGet();
                            String name = exchange.pathBelowRoute();
                            if (name.equals("slow")) {
                                HELD.await(60, TimeUnit.SECONDS);
                            }
                            if (name.equals("broken")) {
                                return HttpReply.text(500, "broken");
                            }
                            if (name.equals("moved")) {
                                return HttpReply.redirect(302, "/maps/one");
                            }
                            if (name.equals("long")) {
                                return HttpReply.text(200, " ".repeat(70_000));
                            }
                            Path file = mappings.resolve(name + ".json");
                            return Files.exists(file)
                                    ? HttpReply.bytes(
                                            200, "application/json", Files.readAllBytes(file))
                                    : HttpReply.text(404, "none");
                        }));
        return served.listen("up", router);
    }

    @AfterAll
    static void stop() {
        HELD.countDown();
        upstream.close();
        served.close();
    }

    private static String url(String path) {
        return served.url(path);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return served.get(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/files/hls/one/master.m3u8",
                "/files/hlsf/one.json/master.m3u8",
                "/http/dash/one/manifest.mpd",
            })
    void playsWhatAMappingNames(String path) throws Exception {
        Ffmpeg.Output played = Ffmpeg.decode(url(path));
        assertThat(played.exitCode()).as(played.text()).isZero();
        assertThat(played.frames()).as(played.text()).isEqualTo(SECONDS * 25);
    }

    @Test
    void playsClipsOneAfterTheOther() throws Exception {
        Ffmpeg.Output played = Ffmpeg.decode(url("/files/hls/two/master.m3u8"));
        assertThat(played.exitCode()).as(played.text()).isZero();
        // Five seconds, and three of the second file.
        assertThat(played.frames()).as(played.text()).isEqualTo(8 * 25);
        for (String route : List.of("hls", "hlsf")) {
            String list = get("/files/" + route + "/two/index-v1.m3u8").body();
            assertThat(list.split("#EXT-X-DISCONTINUITY\n", -1)).hasSize(2);
            assertThat(seconds(list)).isCloseTo(8.0, within(0.01));
        }
        assertThat(get("/files/dash/two/manifest.mpd").body().split("<Period", -1)).hasSize(3);
    }

    /// ffmpeg passes over a second init segment, so each clip is decoded alone.
    @Test
    void everyClipHasItsOwnInitSegment() throws Exception {
        String base = "/files/hlsf/two/";
        String[] clips = get(base + "index-v1.m3u8").body().split("#EXT-X-DISCONTINUITY\n", -1);
        List<Integer> frames = new ArrayList<>();
        for (String clip : clips) {
            Path file = Files.createTempFile(temporary, "clip", ".mp4");
            List<String> names = new ArrayList<>();
            Pattern.compile("EXT-X-MAP:URI=\"([^\"]+)\"")
                    .matcher(clip)
                    .results()
                    .forEach(m -> names.add(m.group(1)));
            clip.lines().filter(l -> l.endsWith(".m4s")).forEach(names::add);
            try (var out = Files.newOutputStream(file)) {
                for (String name : names) {
                    out.write(served.bytes(base + name));
                }
            }
            Ffmpeg.Output played =
                    Ffmpeg.run(
                            List.of(
                                    "-v",
                                    "warning",
                                    "-stats",
                                    "-i",
                                    file.toString(),
                                    "-f",
                                    "null",
                                    "-"));
            assertThat(played.exitCode()).as(played.text()).isZero();
            frames.add(played.frames());
        }
        assertThat(frames).containsExactly(5 * 25, 3 * 25);
    }

    /// hls.js knows no edit lists, and leaves holes between clips that have one: the pictures of
    /// such a presentation have signed composition offsets, those of a single clip do not.
    @Test
    void picturesOfSeveralClipsNeedNoEditList() throws Exception {
        assertThat(new String(served.bytes("/files/hlsf/two/init-c1-v1.mp4"), ISO_8859_1))
                .contains("trak")
                .doesNotContain("elst");
        assertThat(new String(served.bytes("/files/hlsf/fast/init-v1.mp4"), ISO_8859_1))
                .contains("elst");
        // The first trun: its first picture is shown at its decode time, 0.
        ByteBuffer segment = ByteBuffer.wrap(served.bytes("/files/hlsf/two/seg-1-v1.m4s"));
        int tfdt = indexOf(segment, "tfdt");
        assertThat(segment.getLong(tfdt + 8)).isZero();
        int trun = indexOf(segment, "trun");
        int flags = segment.getInt(trun + 4);
        assertThat(flags >>> 24).as("version").isEqualTo(1);
        int perSample = Integer.bitCount(flags & 0xF00);
        int first = trun + 16 + ((flags & 4) != 0 ? 4 : 0);
        assertThat(segment.getInt(first + 4 * (perSample - 1))).isZero();
    }

    private static int indexOf(ByteBuffer bytes, String type) {
        int name = ByteBuffer.wrap(type.getBytes(ISO_8859_1)).getInt();
        for (int i = 0; i < bytes.limit() - 4; i++) {
            if (bytes.getInt(i) == name) {
                return i;
            }
        }
        throw new AssertionError(type + " is not there");
    }

    private static double seconds(String playlist) {
        return Pattern.compile("#EXTINF:([0-9.]+)")
                .matcher(playlist)
                .results()
                .mapToDouble(m -> Double.parseDouble(m.group(1)))
                .sum();
    }

    @Test
    void sequencesHaveIdsAndLabels() throws Exception {
        String master = get("/files/hls/ladder/master.m3u8").body();
        assertThat(master).contains("320x180", "640x360");
        assertThat(get("/files/hls/ladder/master-shigh.m3u8").body())
                .contains("640x360")
                .doesNotContain("320x180");
        assertThat(get("/files/hls/ladder/index-shigh-v1.m3u8").statusCode()).isEqualTo(200);
        assertThat(get("/files/hls/ladder/seg-1-shigh-v1.ts").body())
                .isEqualTo(get("/files/hls/ladder/seg-1-f2-v1.ts").body());
        assertThat(get("/files/hls/ladder/index-snone-v1.m3u8").statusCode()).isEqualTo(404);
    }

    @Test
    void aRateFilterHasAllPicturesInHalfTheTime() throws Exception {
        String list = get("/files/hlsf/fast/index-v1.m3u8").body();
        assertThat(seconds(list)).isCloseTo(2.5, within(0.01));
    }

    @Test
    void durationsCutClips() throws Exception {
        assertThat(seconds(get("/files/hlsf/cut/index-v1.m3u8").body()))
                .isCloseTo(5.0, within(0.1));
        // The URL's range goes over all clips: from 1 s of the first to 1 s of the second.
        String part = get("/files/hlsf/clipFrom/1000/clipTo/3000/cut/index-v1.m3u8").body();
        assertThat(seconds(part)).isCloseTo(2.0, within(0.1));
        assertThat(part).contains("#EXT-X-DISCONTINUITY");
        assertThat(get("/files/hlsf/clipFrom/2000/cut/index-v1.m3u8").body())
                .doesNotContain("#EXT-X-DISCONTINUITY");
    }

    @ParameterizedTest
    @CsvSource({
        "/files/hls/none/master.m3u8, 404",
        "/files/hls/gone/master.m3u8, 404",
        "/files/hls/escape/master.m3u8, 404",
        "/files/hls/bad/master.m3u8, 503",
        "/files/hls/long/master.m3u8, 503",
        "/files/hls/clipFrom/9/clipTo/3/one/master.m3u8, 400",
        "/http/hls/none/master.m3u8, 404",
        "/http/hls/bad/master.m3u8, 503",
        "/http/hls/broken/master.m3u8, 502",
        "/http/hls/moved/master.m3u8, 502",
        "/http/hls/long/master.m3u8, 502",
        "/http/hls/slow/master.m3u8, 502",
    })
    void everyFailureHasItsStatus(String path, int status) throws Exception {
        HttpResponse<String> reply = get(path);
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).doesNotContain(temporary.toString());
    }

    @Test
    void aMappingIsAskedForOnce() throws Exception {
        int before = ASKED.get();
        var replies = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 40; i++) {
            replies.add(
                    served.client()
                            .sendAsync(
                                    served.request("/http/hls/ladder/index-f1.m3u8").build(),
                                    HttpResponse.BodyHandlers.ofString()));
        }
        for (var reply : replies) {
            assertThat(reply.join().statusCode()).isEqualTo(200);
        }
        assertThat(ASKED.get() - before).isEqualTo(1);
    }

    @Test
    void aChangedMappingHasAnotherTag() throws Exception {
        mapping("changing.json", "{'sequences':[{'clips':[{'path':'a.mp4'}]}]}");
        List<String> tags = new ArrayList<>();
        for (String name : List.of("changing", "changing.json")) {
            HttpResponse<String> reply = get("/files/hls/" + name + "/master.m3u8");
            tags.add(reply.headers().firstValue("ETag").orElseThrow());
            mapping("changing.json", "{'id':'2','sequences':[{'clips':[{'path':'a.mp4'}]}]}");
        }
        assertThat(tags.getFirst()).isNotEqualTo(tags.getLast());
    }
}
