package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.decode.Decoders;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import javax.imageio.ImageIO;

/// Pictures made by real ffmpeg children of real clips. In `gray.mp4` frame n (25 a second, a key
/// frame each second, B-frames) is as bright as its number says, so a picture tells which frame it
/// is.
class PicturesTest {
    private static final int FRAMES = 100;
    private static final String GRAY = "nullsrc=size=160x90:rate=25,geq=lum='20+2*N':cb=128:cr=128";

    @TempDir static Path folder;

    private static SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private static Path root;
    private static EventLoops loops;
    private static Server main;
    private static HttpClient client;

    private record Server(DeliveryRoutes routes, HttpServer http) implements AutoCloseable {
        static Server start(ThumbnailOptions options) throws Exception {
            var routes =
                    new DeliveryRoutes(
                                    DeliveryOptions.DEFAULT,
                                    options,
                                    new Encryption(
                                            Encryption.Policy.CLEAR,
                                            null,
                                            new SimpleMeterRegistry()),
                                    null,
                                    InstantSource.system(),
                                    new SimpleMeterRegistry())
                            .serveFolder("/", new LocalFolder(root), true);
            var router = new HttpRouter();
            routes.addTo(router);
            return new Server(
                    routes,
                    new HttpServer(
                                    HttpServerOptions.of("test", "127.0.0.1", 0).withMeters(meters),
                                    router,
                                    loops)
                            .start());
        }

        HttpResponse<byte[]> get(String path, String... headers) throws Exception {
            return client.send(request(path, headers), HttpResponse.BodyHandlers.ofByteArray());
        }

        HttpRequest request(String path, String... headers) {
            var request =
                    HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + http.localPort() + path));
            return headers.length > 0 ? request.headers(headers).build() : request.build();
        }

        @Override
        public void close() {
            http.close();
            routes.close();
        }
    }

    @BeforeAll
    static void serve() throws Exception {
        root = Files.createDirectory(folder.resolve("media"));
        clip("gray.mp4", GRAY, "libx264", "-preset", "ultrafast", "-bf", "2", "-crf", "10");
        // The top left quarter is bright.
        clip(
                "corner.mp4",
                "color=black:size=160x90:rate=25,drawbox=0:0:80:45:white:fill",
                "libx264",
                "-preset",
                "ultrafast");
        ffmpeg(
                "-display_rotation",
                "-90",
                "-i",
                root.resolve("corner.mp4").toString(),
                "-c",
                "copy",
                root.resolve("upright.mp4").toString());
        ffmpeg(
                "-f",
                "lavfi",
                "-i",
                "sine=duration=1",
                "-c:a",
                "aac",
                root.resolve("tone.m4a").toString());
        byte[] gray = Files.readAllBytes(root.resolve("gray.mp4"));
        Files.write(root.resolve("cut.mp4"), Arrays.copyOf(gray, gray.length / 2));
        Files.write(root.resolve("stored.jpg"), new byte[] {1, 2, 3});
        Files.createDirectory(root.resolve("folder"));
        Files.write(root.resolve("folder").resolve("thumb-1.jpg"), new byte[] {4, 5, 6});
        loops = EventLoops.start(1);
        client = HttpClient.newHttpClient();
        main = Server.start(ThumbnailOptions.DEFAULT);
    }

    @AfterAll
    static void stop() {
        client.close();
        main.close();
        loops.close();
    }

    private static void clip(String name, String source, String codec, String... options)
            throws Exception {
        var arguments = new ArrayList<>(List.of("-f", "lavfi", "-i", source));
        arguments.addAll(List.of("-frames:v", Integer.toString(FRAMES), "-c:v", codec));
        arguments.addAll(List.of("-g", "25", "-keyint_min", "25", "-pix_fmt", "yuv420p"));
        arguments.addAll(List.of(options));
        arguments.add(root.resolve(name).toString());
        ffmpeg(arguments.toArray(String[]::new));
    }

    private static void ffmpeg(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("-v", "error", "-y"));
        all.addAll(List.of(arguments));
        Ffmpeg.Output made = Ffmpeg.run(all);
        assertThat(made.exitCode()).as(made.text()).isZero();
    }

    private static BufferedImage image(HttpResponse<byte[]> reply) throws IOException {
        assertThat(reply.statusCode()).as(() -> new String(reply.body())).isEqualTo(200);
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(reply.body()));
        assertThat(image).isNotNull();
        return image;
    }

    private static int gray(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) >> 8 & 0xFF;
    }

    /// Which frame of the gray clips this is, by its brightness.
    private static double frame(BufferedImage image, int x, int y) {
        return (gray(image, x, y) * 219.0 / 255 + 16 - 20) / 2;
    }

    private static double frame(BufferedImage image) {
        return frame(image, image.getWidth() / 2, image.getHeight() / 2);
    }

    @ParameterizedTest
    @CsvSource({
        "thumb-0.jpg, 0",
        "thumb-400.jpg, 0",
        "thumb-500.jpg, 0",
        "thumb-501.jpg, 25",
        "thumb-1000.jpg, 25",
        "thumb-+2100.jpg, 50",
        "thumb-4000.jpg, 75",
        "thumb--0.jpg, 75",
        "thumb--3000.jpg, 25",
        "thumb-2100-v1.jpg, 50",
        "thumb-2100w80v1.jpeg, 50",
        "thumb-0-e.jpg, 0",
        "thumb-400-e.jpg, 10",
        "thumb-439-e.jpg, 10",
        "thumb-440-e.jpg, 11",
        "thumb-960-e.jpg, 24",
        "thumb-1000-e.jpg, 25",
        "thumb-1040-w64-e.jpg, 26",
        "thumb-3999-e.jpg, 99",
        "thumb-4000-e.jpg, 99",
        "thumb-2520-f1-v1-e.jpg, 63",
    })
    void aThumbnailIsOfTheNearestKeyFrameOrExact(String name, int frame) throws Exception {
        HttpResponse<byte[]> reply = main.get("/thumb/gray.mp4/" + name);
        assertThat(frame(image(reply))).isCloseTo(frame, within(0.7));
        assertThat(reply.headers().firstValue("content-type")).hasValue("image/jpeg");
    }

    @ParameterizedTest
    @CsvSource({
        "-w80, 80, 45",
        "-h45, 80, 45",
        "-w80-h80, 80, 45",
        "-w80-h80-mfit, 80, 45",
        "-w80-h80-mpad, 80, 80",
        "-w80-h80-mcover, 80, 80",
        "-w80-h80-mstretch, 80, 80",
        "'', 160, 90",
        "-w320, 160, 90",
        "-w320-u, 320, 180",
        "-w1000-h1000-mcover, 90, 90",
        "-w1-h1, 1, 1",
    })
    void sizesKeepTheAspectAndAreNotEnlarged(String tokens, int width, int height)
            throws Exception {
        BufferedImage image = image(main.get("/thumb/gray.mp4/thumb-1000" + tokens + ".jpg"));
        assertThat(image.getWidth()).isEqualTo(width);
        assertThat(image.getHeight()).isEqualTo(height);
        if (tokens.endsWith("-mpad")) {
            assertThat(gray(image, 40, 5)).isLessThan(5);
        }
        assertThat(frame(image)).isCloseTo(25, within(0.7));
    }

    @Test
    void aPortraitVideoStandsUpright() throws Exception {
        BufferedImage image = image(main.get("/thumb/upright.mp4/thumb-0-w45.jpg"));
        assertThat(image.getWidth()).isEqualTo(45);
        assertThat(image.getHeight()).isEqualTo(80);
        // Turned clockwise, the top left quarter is at the top right.
        assertThat(gray(image, 35, 10)).isGreaterThan(240);
        assertThat(gray(image, 10, 10)).isLessThan(15);
        assertThat(gray(image, 35, 70)).isLessThan(15);
        BufferedImage cover = image(main.get("/thumb/upright.mp4/thumb-0-w40-h40-mcover.jpg"));
        assertThat(cover.getWidth()).isEqualTo(40);
        assertThat(cover.getHeight()).isEqualTo(40);
    }

    @Test
    void webpToo() throws Exception {
        HttpResponse<byte[]> reply = main.get("/thumb/gray.mp4/thumb-2520-w80-e.webp");
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.headers().firstValue("content-type")).hasValue("image/webp");
        assertThat(new String(reply.body(), 8, 4, StandardCharsets.ISO_8859_1)).isEqualTo("WEBP");
        Path webp = Files.write(folder.resolve("x.webp"), reply.body());
        Path png = folder.resolve("x.png");
        ffmpeg("-i", webp.toString(), png.toString());
        BufferedImage image = ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isEqualTo(80);
        assertThat(frame(image)).isCloseTo(63, within(0.7));
    }

    @Test
    void qualityTellsInTheSize() throws Exception {
        int good = main.get("/thumb/corner.mp4/thumb-0-q95.jpg").body().length;
        int bad = main.get("/thumb/corner.mp4/thumb-0-q5.jpg").body().length;
        assertThat(bad).isLessThan(good);
    }

    @ParameterizedTest
    @ValueSource(strings = {"libx265", "libvpx-vp9", "libsvtav1", "fragmented", "moov-last"})
    void whateverTheCodecAndTheFile(String codec) throws Exception {
        String name = codec + ".mp4";
        switch (codec) {
            case "libx265" -> clip(name, GRAY, codec, "-preset", "ultrafast", "-tag:v", "hvc1");
            case "libvpx-vp9" -> clip(name, GRAY, codec, "-deadline", "realtime", "-b:v", "500k");
            case "libsvtav1" -> clip(name, GRAY, codec, "-preset", "12");
            case "fragmented" ->
                    ffmpeg(
                            "-i",
                            root.resolve("gray.mp4").toString(),
                            "-c",
                            "copy",
                            "-movflags",
                            "+frag_keyframe+empty_moov+default_base_moof",
                            root.resolve(name).toString());
            default ->
                    ffmpeg(
                            "-i",
                            root.resolve("gray.mp4").toString(),
                            "-c",
                            "copy",
                            root.resolve(name).toString());
        }
        assertThat(frame(image(main.get("/thumb/" + name + "/thumb-1000.jpg"))))
                .isCloseTo(25, within(1.2));
        // Without an edit list everything is shown two frames late.
        int exact = codec.equals("fragmented") ? 61 : 63;
        assertThat(frame(image(main.get("/thumb/" + name + "/thumb-2520-e.jpg"))))
                .isCloseTo(exact, within(1.2));
        BufferedImage sheet = image(main.get("/thumb/" + name + "/sprite-1000-2x2-w32.jpg"));
        assertThat(frame(sheet, 48, 27)).isCloseTo(75, within(1.2));
    }

    @Test
    void aSheetHasACellForEachInterval() throws Exception {
        BufferedImage sheet = image(main.get("/thumb/gray.mp4/sprite-500-3x2-w64-1.jpg"));
        assertThat(sheet.getWidth()).isEqualTo(3 * 64);
        assertThat(sheet.getHeight()).isEqualTo(2 * 36);
        // 0, 500, 1000, 1500, 2000, 2500 ms: the earlier of two key frames as near.
        int[] expected = {0, 0, 25, 25, 50, 50};
        for (int cell = 0; cell < 6; cell++) {
            assertThat(frame(sheet, cell % 3 * 64 + 32, cell / 3 * 36 + 18))
                    .as("cell %s", cell)
                    .isCloseTo(expected[cell], within(0.7));
        }
        BufferedImage last = image(main.get("/thumb/gray.mp4/sprite-500-3x2-w64-2.jpg"));
        assertThat(last.getHeight()).isEqualTo(2 * 36);
        assertThat(frame(last, 32, 18)).isCloseTo(75, within(0.7));
        assertThat(gray(last, 2 * 64 + 32, 36 + 18)).as("black behind the end").isLessThan(5);
        assertThat(main.get("/thumb/gray.mp4/sprite-500-3x2-w64-3.jpg").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aStripIsAsWideAsPlayersAskFor() throws Exception {
        BufferedImage strip = image(main.get("/thumb/gray.mp4/sprite-40-100x1-w164-1.jpg"));
        assertThat(strip.getWidth()).isEqualTo(16_400);
        assertThat(strip.getHeight()).isEqualTo(92);
        assertThat(frame(strip, 164 * 99 + 80, 46)).isCloseTo(75, within(0.7));
    }

    @Test
    void theMapLeadsToTheCells() throws Exception {
        HttpResponse<byte[]> reply = main.get("/thumb/gray.mp4/sprites-1500-2x1-w64.vtt");
        assertThat(reply.headers().firstValue("content-type")).hasValue("text/vtt; charset=utf-8");
        assertThat(new String(reply.body(), StandardCharsets.UTF_8))
                .isEqualTo(
                        """
                        WEBVTT

                        00:00:00.000 --> 00:00:01.500
                        sprite-1500-2x1-w64-1.jpg#xywh=0,0,64,36

                        00:00:01.500 --> 00:00:03.000
                        sprite-1500-2x1-w64-1.jpg#xywh=64,0,64,36

                        00:00:03.000 --> 00:00:04.000
                        sprite-1500-2x1-w64-2.jpg#xywh=0,0,64,36
                        """);
        assertThat(new String(main.get("/thumb/gray.mp4/sprites-4000-2x1-w64-f1-v1.vtt").body()))
                .contains("\nsprite-4000-2x1-w64-1-f1-v1.jpg#xywh=0,0,64,36\n");
        assertThat(main.get("/dash/gray.mp4/sprite-1500-2x1-w64-1.jpg").statusCode())
                .as("beside a manifest")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "gray.mp4/thumb-4001.jpg, 404, 'is past its end'",
        "gray.mp4/thumb--4001.jpg, 404, 'is past its end'",
        "gray.mp4/thumb-0-v2.jpg, 404, 'no such video track'",
        "gray.mp4/thumb-0-c2.jpg, 404, 'no clip 2'",
        "tone.m4a/thumb-0.jpg, 404, 'no such video track'",
        "tone.m4a/sprites-1000-2x2-w100.vtt, 404, 'no such video track'",
        "none.mp4/thumb-0.jpg, 404, 'no such file'",
        "gray.mp4/thumb-.jpg, 400, 'no name of a picture'",
        "gray.mp4/thumb-x.jpg, 400, 'no name of a picture'",
        "gray.mp4/thumb-0-w5000.jpg, 400, 'no name of a picture'",
        "gray.mp4/thumb-0-mnone.jpg, 400, 'no name of a picture'",
        "gray.mp4/thumb-0-zz.jpg, 400, 'no name of a picture'",
        "gray.mp4/thumb-0.gif, 400, 'no name of a picture'",
        "gray.mp4/sprites-10-1x1-w1025.vtt, 400, 'no name of a picture'",
        "gray.mp4/sprite-1-5x5-w100.jpg, 400, 'no name of a picture'",
        "gray.mp4/sprite-1000-50x50-w100.jpg, 400, 'no name of a picture'",
        "gray.mp4/sprite-1000-5x5-w100-0.jpg, 400, 'no name of a picture'",
        "cut.mp4/thumb-0.jpg, 422, ''",
    })
    void eachMistakeHasItsStatus(String path, int status, String text) throws Exception {
        HttpResponse<byte[]> reply = main.get("/thumb/" + path);
        assertThat(reply.statusCode()).isEqualTo(status);
        assertThat(new String(reply.body(), StandardCharsets.UTF_8)).contains(text);
        assertThat(reply.headers().firstValue("cache-control")).hasValue("no-store");
    }

    @Test
    void storedPicturesAreServedAsBefore() throws Exception {
        assertThat(main.get("/thumb/stored.jpg").body()).containsExactly(1, 2, 3);
        assertThat(main.get("/thumb/folder/thumb-1.jpg").body()).containsExactly(4, 5, 6);
        assertThat(main.get("/thumb/gray.mp4").statusCode()).isEqualTo(404);
    }

    @Test
    void aPictureIsMadeOnceAndComesWithItsTag() throws Exception {
        String path = "/thumb/gray.mp4/thumb-3000-w100-h50.jpg";
        var replies = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
        for (int i = 0; i < 20; i++) {
            replies.add(
                    client.sendAsync(main.request(path), HttpResponse.BodyHandlers.ofByteArray()));
        }
        HttpResponse<byte[]> first = replies.getFirst().get();
        for (CompletableFuture<HttpResponse<byte[]>> reply : replies) {
            assertThat(reply.get().body()).isEqualTo(first.body());
        }
        String tag = first.headers().firstValue("etag").orElseThrow();
        assertThat(first.headers().firstValue("cache-control")).hasValue("public, max-age=86400");
        assertThat(main.get(path, "If-None-Match", tag).statusCode()).isEqualTo(304);
        HttpResponse<byte[]> part = main.get(path, "Range", "bytes=0-1");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).containsExactly(0xFF, 0xD8);
    }

    @Test
    void aFullQueueRefusesAndTheRestIsMade() throws Exception {
        var options =
                new ThumbnailOptions(
                        1,
                        2,
                        1 << 20,
                        false,
                        Decoders.Fence.LIMITS_ONLY,
                        Duration.ofSeconds(15),
                        null);
        try (Server server = Server.start(options)) {
            assertThat(server.get("/thumb/gray.mp4/thumb-0-w50.jpg").statusCode()).isEqualTo(200);
            var replies = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
            for (int i = 1; i <= 30; i++) {
                replies.add(
                        client.sendAsync(
                                server.request("/thumb/gray.mp4/thumb-0-w" + (50 + i) + ".jpg"),
                                HttpResponse.BodyHandlers.ofByteArray()));
            }
            int made = 0;
            for (CompletableFuture<HttpResponse<byte[]>> reply : replies) {
                HttpResponse<byte[]> got = reply.get();
                if (got.statusCode() == 200) {
                    made++;
                } else {
                    assertThat(got.statusCode()).isEqualTo(503);
                    assertThat(got.headers().firstValue("retry-after")).hasValue("1");
                }
            }
            assertThat(made).isBetween(3, 29);
        }
        noChildrenAreLeft();
    }

    @Test
    void aChildThatIsLateIsEndedAndTheNextOneWorks() throws Exception {
        var options =
                new ThumbnailOptions(
                        1,
                        2,
                        1 << 20,
                        false,
                        Decoders.Fence.IF_POSSIBLE,
                        Duration.ofMillis(1),
                        null);
        try (Server server = Server.start(options)) {
            HttpResponse<byte[]> reply = server.get("/thumb/gray.mp4/thumb-0-w50.jpg");
            assertThat(reply.statusCode()).isEqualTo(503);
            assertThat(reply.headers().firstValue("retry-after")).isPresent();
        }
        noChildrenAreLeft();
        assertThat(main.get("/thumb/gray.mp4/thumb-0-w51.jpg").statusCode()).isEqualTo(200);
    }

    /// Whatever the samples say, the answer is a picture or 422, and soon.
    @Test
    void damagedSamplesCostNoMore() throws Exception {
        byte[] gray = Files.readAllBytes(root.resolve("gray.mp4"));
        int mdat = indexOf(gray, "mdat");
        for (int seed = 0; seed < 4; seed++) {
            byte[] damaged = gray.clone();
            var random = new java.util.Random(seed);
            for (int i = mdat + 8; i < indexOf(gray, "moov") - 4; i++) {
                if (seed == 0 || random.nextInt(20) == 0) {
                    damaged[i] = (byte) random.nextInt();
                }
            }
            String name = "damaged" + seed + ".mp4";
            Files.write(root.resolve(name), damaged);
            for (String picture :
                    List.of("thumb-0.jpg", "thumb-900-e.jpg", "sprite-1000-2x2-w32.jpg")) {
                assertThat(main.get("/thumb/" + name + "/" + picture).statusCode())
                        .as("%s of %s", picture, name)
                        .isIn(200, 422);
            }
        }
        noChildrenAreLeft();
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    private static void noChildrenAreLeft() {
        await().atMost(Duration.ofSeconds(60))
                .until(
                        () ->
                                ProcessHandle.current()
                                        .descendants()
                                        .noneMatch(
                                                child ->
                                                        child.info()
                                                                .command()
                                                                .orElse("")
                                                                .matches(".*(ffmpeg|bwrap)")));
    }
}
