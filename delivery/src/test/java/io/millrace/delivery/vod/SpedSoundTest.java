package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.decode.Decoders;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.tempo.TempoOptions;
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

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Sound at other rates of play, judged by ffmpeg: a clip of 100 s that flashes and beeps every
/// second one, for the tenth of a second.
class SpedSoundTest {
    private static final int PCM_RATE = 48_000;
    private static final int SECONDS = 100;

    @TempDir static Path root;

    private static Server main;
    private static HttpClient client;

    @BeforeAll
    static void serve() throws Exception {
        client = HttpClient.newHttpClient();
        Path clip = root.resolve("beeps.mp4");
        run(
                "-f",
                "lavfi",
                "-i",
                "color=black:s=64x64:r=25:d="
                        + SECONDS
                        + ",drawbox=enable='lt(mod(t,2),0.1)':color=white:t=fill",
                "-f",
                "lavfi",
                "-i",
                "aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,2),0.1)':s=44100:d=" + SECONDS,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-bf",
                "2",
                "-g",
                "50",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                clip.toString());
        run(
                "-i",
                clip.toString(),
                "-vn",
                "-ac",
                "2",
                "-c:a",
                "libopus",
                "-t",
                "10",
                root.resolve("opus.mp4").toString());
        main = Server.start(TempoOptions.DEFAULT);
    }

    @AfterAll
    static void stop() {
        main.close();
        client.close();
    }

    private record Server(EventLoops loops, DeliveryRoutes routes, HttpServer http)
            implements AutoCloseable {
        static Server start(TempoOptions tempo) throws Exception {
            EventLoops loops = EventLoops.start(1);
            var router = new HttpRouter();
            var meters = new SimpleMeterRegistry();
            DeliveryRoutes routes =
                    new DeliveryRoutes(
                                    new DeliveryOptions(
                                            Duration.ofSeconds(4),
                                            64 << 20,
                                            16 << 20,
                                            true,
                                            2,
                                            16 << 20,
                                            1 << 28),
                                    ThumbnailOptions.DEFAULT,
                                    tempo,
                                    new Encryption(Encryption.Policy.CLEAR, null, meters),
                                    null,
                                    InstantSource.system(),
                                    meters)
                            .serveFolder("/", new LocalFolder(root), true);
            routes.addTo(router);
            return new Server(
                    loops,
                    routes,
                    new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, loops)
                            .start());
        }

        String url(String path) {
            return "http://127.0.0.1:" + http.localPort() + path;
        }

        HttpRequest request(String path) {
            return HttpRequest.newBuilder(URI.create(url(path))).build();
        }

        HttpResponse<byte[]> get(String path) throws Exception {
            return client.send(request(path), HttpResponse.BodyHandlers.ofByteArray());
        }

        @Override
        public void close() {
            http.close();
            routes.close();
            loops.close();
        }
    }

    private static void run(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("-v", "error", "-y"));
        all.addAll(List.of(arguments));
        Ffmpeg.Output output = Ffmpeg.run(all);
        assertThat(output.exitCode()).as(output.text()).isZero();
    }

    /// When flashes start, in seconds.
    private static List<Double> flashes(String url, double rate) throws Exception {
        Path raw = root.resolve("pictures.raw");
        run(
                "-i",
                url,
                "-map",
                "0:v:0",
                "-vf",
                "scale=1:1,format=gray",
                "-fps_mode",
                "passthrough",
                "-f",
                "rawvideo",
                raw.toString());
        byte[] pictures = Files.readAllBytes(raw);
        assertThat(pictures).hasSize(25 * SECONDS);
        List<Double> starts = new ArrayList<>();
        for (int i = 0; i < pictures.length; i++) {
            if ((pictures[i] & 0xFF) > 128 && (i == 0 || (pictures[i - 1] & 0xFF) <= 128)) {
                starts.add(i / 25.0 / rate);
            }
        }
        return starts;
    }

    private static FloatBuffer sound(String url) throws Exception {
        Path raw = root.resolve("sound.raw");
        run(
                "-i",
                url,
                "-map",
                "0:a:0",
                "-af",
                "aresample=" + PCM_RATE + ":async=1:first_pts=0",
                "-ac",
                "1",
                "-f",
                "f32le",
                raw.toString());
        return ByteBuffer.wrap(Files.readAllBytes(raw))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    /// When beeps start: loud after a tenth of a second of silence.
    private static List<Double> beeps(FloatBuffer sound) {
        List<Double> starts = new ArrayList<>();
        int silent = PCM_RATE;
        for (int i = 0; i < sound.limit(); i++) {
            if (Math.abs(sound.get(i)) > 0.2) {
                if (silent > PCM_RATE / 10) {
                    starts.add((double) i / PCM_RATE);
                }
                silent = 0;
            } else {
                silent++;
            }
        }
        return starts;
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, hls, master.m3u8",
        "0.75, hlsf, master.m3u8",
        "2, hlsf, master.m3u8",
        "0.5, hls, master.m3u8",
        "1.37, hls, master.m3u8",
    })
    void soundIsAsFastAsThePicturesAndWithThem(double rate, String route, String name)
            throws Exception {
        String url = main.url("/" + route + "/speed/" + rate + "/beeps.mp4/" + name);
        FloatBuffer sound = sound(url);
        assertThat((double) sound.limit() / PCM_RATE).isCloseTo(SECONDS / rate, within(0.1));
        List<Double> flashes = flashes(url, rate);
        List<Double> beeps = beeps(sound);
        assertThat(flashes).hasSize(SECONDS / 2);
        assertThat(beeps).hasSameSizeAs(flashes);
        // What stretches sound starts it up to half a window early: 23 ms of the source's time.
        double allowed = rate < 0.7 ? 0.06 : 0.035;
        for (int i = 0; i < beeps.size(); i++) {
            assertThat(beeps.get(i)).as("beep %d", i).isCloseTo(flashes.get(i), within(allowed));
        }
    }

    /// Every byte of the sound is there once, whatever is asked for first.
    @Test
    void segmentsAreTheSameInAnyOrder() throws Exception {
        String path = "/hlsf/speed/1.25/beeps.mp4/";
        List<byte[]> forwards = new ArrayList<>();
        for (int n = 1; n <= 20; n++) {
            HttpResponse<byte[]> reply = main.get(path + "seg-" + n + "-a1.m4s");
            assertThat(reply.statusCode()).isEqualTo(200);
            forwards.add(reply.body());
        }
        assertThat(main.get(path + "seg-21-a1.m4s").statusCode()).isEqualTo(404);
        try (Server other = Server.start(TempoOptions.DEFAULT)) {
            for (int n = 20; n >= 1; n--) {
                assertThat(other.get(path + "seg-" + n + "-a1.m4s").body())
                        .as("segment %d", n)
                        .isEqualTo(forwards.get(n - 1));
            }
        }
        var file = new ByteArrayOutputStream();
        file.writeBytes(main.get(path + "init-a1.mp4").body());
        forwards.forEach(file::writeBytes);
        Path whole = root.resolve("whole.mp4");
        Files.write(whole, file.toByteArray());
        FloatBuffer sound = sound(whole.toString());
        assertThat((double) sound.limit() / PCM_RATE).isCloseTo(SECONDS / 1.25, within(0.05));
        assertThat(beeps(sound)).hasSize(SECONDS / 2);
    }

    @Test
    void otherCodecsAreSpedToo() throws Exception {
        String url = main.url("/hls/speed/1.25/opus.mp4/index-a1.m3u8");
        FloatBuffer sound = sound(url);
        assertThat((double) sound.limit() / PCM_RATE).isCloseTo(8, within(0.05));
        assertThat(beeps(sound)).hasSize(5);
    }

    @Test
    void aPartIsSpedToo() throws Exception {
        // 9 s.
        String url = main.url("/hlsf/clipFrom/10000/clipTo/19000/speed/1.25/beeps.mp4/master.m3u8");
        FloatBuffer sound = sound(url);
        assertThat((double) sound.limit() / PCM_RATE).isCloseTo(7.2, within(0.05));
        List<Double> beeps = beeps(sound);
        assertThat(beeps).hasSize(5);
        assertThat(beeps.getFirst()).isCloseTo(0, within(0.035));
    }

    @Test
    void aLadderHasItOnce() throws Exception {
        Files.copy(root.resolve("beeps.mp4"), root.resolve("beeps2.mp4"));
        String path = "/hlsf/speed/1.5/beeps,,2,.mp4.urlset/";
        assertThat(new String(main.get(path + "master.m3u8").body()).split("TYPE=AUDIO"))
                .hasSize(2);
        assertThat(main.get(path + "seg-1-f2-a1.m4s").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"media-a1.mp4", "ranges.m3u8", "range-v1.m3u8"})
    void itComesInSegmentsOnly(String name) throws Exception {
        assertThat(main.get("/hlsf/speed/1.5/beeps.mp4/" + name).statusCode()).isEqualTo(404);
    }

    @Test
    void moreThanTheQueueHoldsIsRefused() throws Exception {
        try (Server server =
                Server.start(
                        new TempoOptions(
                                1,
                                1,
                                1 << 20,
                                Decoders.Fence.LIMITS_ONLY,
                                Duration.ofSeconds(20),
                                null))) {
            assertThat(server.get("/hlsf/speed/2/opus.mp4/seg-1-a1.m4s").statusCode())
                    .isEqualTo(200);
            var replies = new ArrayList<CompletableFuture<HttpResponse<byte[]>>>();
            for (int i = 0; i < 12; i++) {
                replies.add(
                        client.sendAsync(
                                server.request(
                                        "/hlsf/speed/1." + (10 + i) + "/opus.mp4/seg-1-a1.m4s"),
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
            assertThat(made).isBetween(1, 11);
        }
    }

    @Test
    void aChildThatIsLateIsAnError() throws Exception {
        try (Server server =
                Server.start(
                        new TempoOptions(
                                1,
                                1,
                                1 << 20,
                                Decoders.Fence.IF_POSSIBLE,
                                Duration.ofMillis(1),
                                null))) {
            HttpResponse<byte[]> reply = server.get("/hls/speed/1.5/beeps.mp4/seg-1-v1-a1.ts");
            assertThat(reply.statusCode()).isEqualTo(503);
            assertThat(reply.headers().firstValue("retry-after")).isPresent();
            // Pictures alone need no child.
            assertThat(server.get("/hls/speed/1.5/beeps.mp4/seg-1-v1.ts").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void soundThatCannotBeDecodedIsSaid() throws Exception {
        byte[] bytes = Files.readAllBytes(root.resolve("opus.mp4"));
        int mdat = -1;
        for (int i = 0; i < bytes.length - 4 && mdat < 0; i++) {
            if (bytes[i] == 'm'
                    && bytes[i + 1] == 'd'
                    && bytes[i + 2] == 'a'
                    && bytes[i + 3] == 't') {
                mdat = i + 4;
            }
        }
        int moov = bytes.length;
        for (int i = mdat; i < bytes.length - 4; i++) {
            if (bytes[i] == 'm'
                    && bytes[i + 1] == 'o'
                    && bytes[i + 2] == 'o'
                    && bytes[i + 3] == 'v') {
                moov = i - 4;
            }
        }
        java.util.Arrays.fill(bytes, mdat, moov, (byte) 0xFF);
        Files.write(root.resolve("broken.mp4"), bytes);
        HttpResponse<byte[]> reply = main.get("/hlsf/speed/1.5/broken.mp4/seg-1-a1.m4s");
        assertThat(reply.statusCode()).isEqualTo(422);
    }
}
