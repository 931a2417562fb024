package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.sign.PathSigner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class DeliveryRoutesTest {
    private static final String ENTRY = "content/entry/101/0_abc/";
    private static final int SECONDS = 7;
    private static final int FRAMES = SECONDS * 25;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir static Path folder;

    private static SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private static LocalBlobStore store;
    private static EventLoops loops;
    private static DeliveryRoutes routes;
    private static HttpServer server;
    private static HttpClient client;
    private static PathSigner signer;
    private static String token;
    private static byte[] source;

    @BeforeAll
    static void serve() throws Exception {
        store = new LocalBlobStore(folder.resolve("store"), meters);
        publish("a_1.mp4", 320, 180);
        publish("b_1.mp4", 640, 360);
        source = Files.readAllBytes(store.localPath(BlobKey.of(ENTRY + "a_1.mp4")).orElseThrow());
        text("broken_1.mp4", "this is no video, whatever its name says. ".repeat(20));
        bytes("cut_1.mp4", Arrays.copyOf(source, source.length / 2));
        bytes("noindex_1.mp4", Arrays.copyOf(source, 200));
        text("thumb/t_1.jpg", "not really a picture");
        text("text_1.srt", "1\n00:00:00,500 --> 00:00:02,500\nSaid\n");
        text("page_1.html", "<script>alert(1)</script>");

        var keys = new LinkedHashMap<String, byte[]>();
        keys.put("k1", "a secret of enough bytes".getBytes(StandardCharsets.UTF_8));
        signer = new PathSigner(keys);
        token = signer.sign(ENTRY, NOW.plusSeconds(60));
        loops = EventLoops.start(1);
        var router = new HttpRouter();
        routes =
                new DeliveryRoutes(DeliveryOptions.DEFAULT, signer, InstantSource.system(), meters);
        routes.close();
        routes =
                new DeliveryRoutes(
                        new DeliveryOptions(
                                Duration.ofSeconds(2),
                                64 << 20,
                                16 << 20,
                                false,
                                2,
                                16 << 20,
                                256 << 20),
                        signer,
                        () -> NOW,
                        new SimpleMeterRegistry());
        routes.serveStore(store);
        routes.addTo(router);
        server =
                new HttpServer(
                                HttpServerOptions.of("test", "127.0.0.1", 0).withMeters(meters),
                                router,
                                loops)
                        .start();
        client = HttpClient.newHttpClient();
    }

    private static void publish(String name, int width, int height) throws Exception {
        Path file = folder.resolve(name);
        Ffmpeg.makeClip(file, width, height, SECONDS);
        store.publish(file, BlobKey.of(ENTRY + name));
    }

    private static void text(String name, String text) throws IOException {
        bytes(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve("staged");
        Files.write(file, bytes);
        store.publish(file, BlobKey.of(ENTRY + name));
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        routes.close();
        loops.close();
        store.close();
    }

    private static String url(String path) {
        return "http://127.0.0.1:" + server.localPort() + path;
    }

    private static String signed(String route, String path) {
        return url(route + "s/" + token + "/" + ENTRY + path);
    }

    private static HttpResponse<byte[]> get(String url, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> reply) {
        return new String(reply.body(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/vod/hls/ a_1.mp4/master.m3u8",
                "/vod/hls/ ,a,b,_1.mp4.urlset/master.m3u8",
                "/vod/hlsf/ a_1.mp4/master.m3u8",
                "/vod/hlsf/ ,a,b,_1.mp4.urlset/master.m3u8",
                "/vod/dash/ a_1.mp4/manifest.mpd",
                "/vod/dash/ ,a,b,_1.mp4.urlset/manifest.mpd",
                "/vod/hlsf/ a_1.mp4/ranges.m3u8",
                "/vod/dash/ a_1.mp4/ondemand.mpd",
                "/vod/dash/ a_1.mp4/media-v1-a1.mp4",
                "/vod/hls/ ,a_1.mp4,text_1.srt,.urlset/master.m3u8",
                "/file/ b_1.mp4"
            })
    void playsInFfmpegWithoutAnError(String path) throws Exception {
        String[] parts = path.split(" ");
        Ffmpeg.Output played = Ffmpeg.decode(signed(parts[0], parts[1]));
        assertThat(played.exitCode()).as(played.text()).isZero();
        assertThat(played.frames()).as(played.text()).isEqualTo(FRAMES);
        assertThat(withoutProgress(played.text())).isEmpty();
    }

    /// What is left is warnings and errors.
    private static List<String> withoutProgress(String text) {
        return Arrays.stream(text.split("[\r\n]+"))
                .filter(line -> !line.isBlank() && !line.startsWith("frame="))
                .toList();
    }

    @Test
    void everythingAPlaylistListsIsThereAndNothingElse() throws Exception {
        for (String route : List.of("/vod/hls/", "/vod/hlsf/")) {
            String base = signed(route, "a_1.mp4/");
            String master = text(get(base + "master.m3u8"));
            String list = uris(master).getFirst();
            HttpResponse<byte[]> playlist = get(base + list);
            assertThat(playlist.headers().firstValue("Content-Type"))
                    .contains("application/vnd.apple.mpegurl");
            assertThat(playlist.headers().firstValue("Cache-Control")).isPresent();
            List<String> segments = uris(text(playlist));
            assertThat(segments).hasSizeBetween(3, 4);
            for (String segment : segments) {
                HttpResponse<byte[]> reply = get(base + segment);
                assertThat(reply.statusCode()).isEqualTo(200);
                assertThat(reply.headers().firstValue("Cache-Control").orElse(""))
                        .contains("immutable");
                String etag = reply.headers().firstValue("ETag").orElseThrow();
                assertThat(get(base + segment, "If-None-Match", etag).statusCode()).isEqualTo(304);
                HttpResponse<byte[]> part = get(base + segment, "Range", "bytes=100-299");
                assertThat(part.statusCode()).isEqualTo(206);
                assertThat(part.body()).isEqualTo(Arrays.copyOfRange(reply.body(), 100, 300));
                HttpResponse<byte[]> head =
                        client.send(
                                HttpRequest.newBuilder(URI.create(base + segment)).HEAD().build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                assertThat(head.headers().firstValueAsLong("Content-Length"))
                        .hasValue(reply.body().length);
            }
            String beyond = segments.getLast().replace("-" + segments.size(), "-9");
            assertThat(get(base + beyond).statusCode()).isEqualTo(404);
        }
    }

    private static List<String> uris(String playlist) {
        return playlist.lines().filter(l -> !l.isEmpty() && !l.startsWith("#")).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /vod/hls/  | nothing_1.mp4/master.m3u8 | 404 | no such file
                    /vod/hls/  | a_1.mp4/index-v7.m3u8     | 404 | no such track
                    /vod/hls/  | a_1.mp4/seg-99-v1.ts      | 404 | segment 99
                    /vod/hls/  | a_1.mp4/seg-0.ts          | 400 | no playlist
                    /vod/hls/  | a_1.mp4/hello.txt         | 400 | no playlist
                    /vod/hls/  | a_1.mp4/%2e%2e/master.m3u8 | 400 | segment
                    /vod/hls/  | broken_1.mp4/master.m3u8  | 422 | cannot be packaged
                    /vod/hls/  | noindex_1.mp4/master.m3u8 | 422 | cannot be packaged
                    /vod/dash/ | ,a,broken,_1.mp4.urlset/manifest.mpd | 422 | cannot be packaged
                    /vod/dash/ | ,a,gone,_1.mp4.urlset/manifest.mpd   | 404 | no such file
                    /file/     | nothing_1.mp4             | 404 | no such file
                    /thumb/    | a_1.mp4                   | 404 | no such file
                    """)
    void namesWhatIsWrong(String route, String path, int status, String text) throws Exception {
        HttpResponse<byte[]> reply = get(signed(route, path));
        assertThat(reply.statusCode()).as(text(reply)).isEqualTo(status);
        assertThat(text(reply)).containsIgnoringCase(text);
        assertThat(reply.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
    }

    @Test
    void servesOnlyWhatIsSigned() throws Exception {
        String expired = signer.sign(ENTRY, NOW.minusSeconds(1));
        String other = signer.sign("content/entry/101/0_other/", null);
        for (String route : List.of("/vod/hls/", "/vod/dash/", "/file/", "/thumb/")) {
            String end = ENTRY + "a_1.mp4" + (route.startsWith("/vod") ? "/master.m3u8" : "");
            assertRefused(url(route + end), "needs a signature");
            assertRefused(url(route + "s/" + expired + "/" + end), "expired");
            assertRefused(url(route + "s/" + other + "/" + end), "does not fit");
            assertRefused(url(route + "s/" + token.replace('.', '-') + "/" + end), "does not fit");
            String flipped = token.substring(0, token.length() - 2) + "AA";
            assertRefused(url(route + "s/" + flipped + "/" + end), "does not fit");
        }
        assertRefused(
                url("/vod/hls/s/" + token + "/" + ENTRY.replace("0_abc/", ",0_abc/a_1.mp4,0_x/,/")),
                "does not fit");
    }

    /// A token is for the files that a path leads to, however the path is written.
    @Test
    void parametersAndListsLeadNowhereElse() throws Exception {
        for (String path :
                List.of(
                        "/vod/hls/s/" + token + "/clipFrom/1000/" + ENTRY + "a_1.mp4/master.m3u8",
                        "/vod/hls/s/" + token + "/" + ENTRY + "clipTo/3000/a_1.mp4/master.m3u8",
                        "/vod/hls/s/"
                                + token
                                + "/,"
                                + ENTRY
                                + "a_1.mp4,"
                                + ENTRY
                                + "b_1.mp4,.urlset/master.m3u8")) {
            assertThat(get(url(path)).statusCode()).as(path).isEqualTo(200);
        }
        String lang = signer.sign("content/entry/101/lang/", null);
        assertRefused(
                url("/vod/hls/s/" + lang + "/content/entry/101/lang/eng/0_abc/a_1.mp4/master.m3u8"),
                "does not fit");
        assertRefused(
                url(
                        "/vod/hls/s/"
                                + token
                                + "/,"
                                + ENTRY
                                + "a_1.mp4,content/entry/101/0_x/b.mp4,.urlset/master.m3u8"),
                "does not fit");
    }

    @Test
    void aTokenMayBeForOneFileAndOneAddress() throws Exception {
        String file = ENTRY + "a_1.mp4";
        String one = signer.sign(file + "/", null);
        assertThat(get(url("/vod/hls/s/" + one + "/" + file + "/master.m3u8")).statusCode())
                .isEqualTo(200);
        assertThat(get(url("/file/s/" + one + "/" + file)).statusCode()).isEqualTo(200);
        assertRefused(url("/file/s/" + one + "/" + ENTRY + "b_1.mp4"), "does not fit");
        String here = signer.sign(ENTRY, null, "127.0.0.1");
        assertThat(get(url("/file/s/" + here + "/" + file)).statusCode()).isEqualTo(200);
        String there = signer.sign(ENTRY, null, "203.0.113.7");
        assertRefused(url("/file/s/" + there + "/" + file), "your address");
    }

    @Test
    void unsignedPathsReachTheirPublisherOnly() throws Exception {
        try (var open =
                new DeliveryRoutes(
                        DeliveryOptions.DEFAULT, signer, () -> NOW, new SimpleMeterRegistry())) {
            open.serveStore(store, List.of("content/entry/102/"));
            var router = new HttpRouter();
            open.addTo(router);
            text("secret_1.txt", "of publisher 101");
            Path staged = folder.resolve("staged");
            Files.writeString(staged, "of publisher 102");
            store.publish(staged, BlobKey.of("content/entry/102/0_y/a_1.txt"));
            Files.writeString(staged, "an upload in progress");
            store.publish(staged, BlobKey.of("content/upload/t/x"));
            try (var listener =
                    new HttpServer(HttpServerOptions.of("open", "127.0.0.1", 0), router, loops)
                            .start()) {
                String base = "http://127.0.0.1:" + listener.localPort() + "/file/";
                assertThat(text(get(base + "content/entry/102/0_y/a_1.txt")))
                        .isEqualTo("of publisher 102");
                assertRefused(base + ENTRY + "secret_1.txt", "needs a signature");
                assertRefused(base + "content/upload/t/x", "needs a signature");
                String all = signer.sign("content/", null);
                assertThat(get(base + "s/" + all + "/content/upload/t/x").statusCode())
                        .isEqualTo(404);
            }
        }
    }

    private static void assertRefused(String url, String text) throws Exception {
        HttpResponse<byte[]> reply = get(url);
        assertThat(reply.statusCode()).as(url).isEqualTo(403);
        assertThat(text(reply)).contains(text);
    }

    @Test
    void singleFilesAreServedByRange() throws Exception {
        String base = signed("/vod/hlsf/", "a_1.mp4/");
        byte[] whole = get(base + "media-v1.mp4").body();
        HttpResponse<byte[]> part =
                get(base + "media-v1.mp4", "Range", "bytes=500-" + (whole.length - 101));
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(whole, 500, whole.length - 100));
        Matcher range =
                Pattern.compile("BYTERANGE:(\\d+)@(\\d+)\nmedia-v1.mp4")
                        .matcher(text(get(base + "range-v1.m3u8")));
        int end = 0;
        while (range.find()) {
            end = Integer.parseInt(range.group(1)) + Integer.parseInt(range.group(2));
        }
        assertThat(end).isEqualTo(whole.length);
    }

    @Test
    void subtitlesAreTextAndCompressed() throws Exception {
        String base = signed("/vod/hls/", ",a_1.mp4,text_1.srt,.urlset/");
        HttpResponse<byte[]> segment = get(base + "seg-1-f2.vtt");
        assertThat(segment.headers().firstValue("Content-Type"))
                .contains("text/vtt; charset=utf-8");
        assertThat(text(segment)).contains("X-TIMESTAMP-MAP=MPEGTS:900000", "Said");
        assertThat(get(base + "seg-99-f2.vtt").statusCode()).isEqualTo(404);
        assertThat(get(base + "index-f3.m3u8").statusCode()).isEqualTo(404);
    }

    @Test
    void servesFilesByRange() throws Exception {
        HttpResponse<byte[]> whole = get(signed("/file/", "a_1.mp4"));
        assertThat(whole.body()).isEqualTo(source);
        assertThat(whole.headers().firstValue("Content-Type")).contains("video/mp4");
        HttpResponse<byte[]> part =
                get(
                        signed("/file/", "a_1.mp4?download=M%C3%BCller%20%22x%22.mp4"),
                        "Range",
                        "bytes=50000-149999");
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(source, 50_000, 150_000));
        assertThat(part.headers().firstValue("Content-Disposition").orElse(""))
                .isEqualTo(
                        "attachment; filename=\"M_ller _x_.mp4\"; filename*=UTF-8''M%C3%BCller%20%22x%22.mp4");
        HttpResponse<byte[]> several =
                get(signed("/file/", "a_1.mp4"), "Range", "bytes=0-99,1000-30000,-5");
        assertThat(several.statusCode()).isEqualTo(206);
        assertThat(several.headers().firstValueAsLong("Content-Length"))
                .hasValue(several.body().length);
        assertThat(get(signed("/thumb/", "thumb/t_1.jpg")).headers().firstValue("Content-Type"))
                .contains("image/jpeg");
        HttpResponse<byte[]> page = get(signed("/file/", "page_1.html"));
        assertThat(page.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(page.headers().firstValue("Content-Disposition")).contains("attachment");
    }

    @Test
    void aFileReplacedInPlaceHasAnotherTagAndIndex() throws Exception {
        bytes("r_1.mp4", source);
        String base = signed("/vod/hls/", "r_1.mp4/");
        String before = get(base + "master.m3u8").headers().firstValue("ETag").orElseThrow();
        String small = text(get(base + "master.m3u8"));
        bytes(
                "r_1.mp4",
                Files.readAllBytes(store.localPath(BlobKey.of(ENTRY + "b_1.mp4")).orElseThrow()));
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> {
                            HttpResponse<byte[]> after = get(base + "master.m3u8");
                            assertThat(after.headers().firstValue("ETag").orElseThrow())
                                    .isNotEqualTo(before);
                            assertThat(text(after)).isNotEqualTo(small).contains("640x360");
                        });
    }

    @Test
    void manyWhoAskForOneSegmentGetTheSameBytes() throws Exception {
        String url = signed("/vod/hls/", "b_1.mp4/seg-2-v1-a1.ts");
        var replies = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
        for (int i = 0; i < 50; i++) {
            replies.add(
                    client.sendAsync(
                            HttpRequest.newBuilder(URI.create(url)).build(),
                            HttpResponse.BodyHandlers.ofByteArray()));
        }
        byte[] first = replies.getFirst().join().body();
        for (var reply : replies) {
            assertThat(reply.join().statusCode()).isEqualTo(200);
            assertThat(reply.join().body()).isEqualTo(first);
        }
    }
}
