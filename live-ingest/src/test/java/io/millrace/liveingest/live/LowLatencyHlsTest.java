package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.http.TlsOptions;
import io.millrace.liveingest.stream.StreamTracks.Configured;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// Partial segments, blocking reloads, hints and delta updates (RFC 8216bis), asked for over HTTP.
class LowLatencyHlsTest {
    private StagedStream stream;

    @BeforeEach
    void open() throws Exception {
        stream = new StagedStream("1");
        stream.start();
    }

    @AfterEach
    void close() throws Exception {
        stream.close();
    }

    private static List<String> lines(String playlist, String tag) {
        return playlist.lines().filter(line -> line.startsWith(tag)).toList();
    }

    /// Not answered, though all that was under way has been worked off.
    private void isHeld(CompletableFuture<?> answer) throws Exception {
        await().until(() -> stream.handler.held() > 0);
        assertThat(stream.get("master.m3u8").statusCode()).isEqualTo(200);
        assertThat(answer).isNotDone();
    }

    @Test
    void aPlayerIsToldOfTheStreamWhenItHasTwoSegments() throws Exception {
        stream.until(2500);
        var master = stream.ask("master.m3u8");
        // A media playlist that is known already is answered with one.
        assertThat(stream.get("v1.m3u8").statusCode()).isEqualTo(200);
        assertThat(master).isNotDone();
        stream.until(4500);
        assertThat(master.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamOfOneSegmentIsToldOfWhenItEnds() throws Exception {
        stream.until(2500);
        var master = stream.ask("master.m3u8");
        stream.run(() -> stream.rendition(0).packager.ended());
        assertThat(master.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void partsAreListedHintedAtAndMakeTheSegment() throws Exception {
        stream.until(5000);
        String playlist = stream.get("v1.m3u8").body();
        assertThat(playlist)
                .startsWith("#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n")
                .contains("#EXT-X-PART-INF:PART-TARGET=0.334\n")
                .contains("CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24.0,HOLD-BACK=12.0")
                .contains("PART-HOLD-BACK=1.002")
                .contains("#EXT-X-INDEPENDENT-SEGMENTS\n")
                .contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"v1-part-102.3-100.m4s\"\n")
                .contains("#EXT-X-RENDITION-REPORT:URI=\"a1.m3u8\",LAST-MSN=102,LAST-PART=")
                .contains("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.000Z\n#EXT-X-PART");
        List<String> parts = lines(playlist, "#EXT-X-PART:");
        assertThat(parts).hasSize(7 + 7 + 3);
        assertThat(parts.get(6))
                .isEqualTo("#EXT-X-PART:DURATION=0.080,URI=\"v1-part-100.6-100.m4s\"");
        assertThat(parts.get(7))
                .isEqualTo(
                        "#EXT-X-PART:DURATION=0.320,URI=\"v1-part-101.0-100.m4s\",INDEPENDENT=YES");
        var joined = new ByteArrayOutputStream();
        for (int i = 0; i < 7; i++) {
            joined.write(stream.bytes("v1-part-101." + i + "-100.m4s"));
        }
        assertThat(joined.toByteArray()).isEqualTo(stream.bytes("v1-seg-101.m4s"));
        String audio = stream.get("a1.m3u8").body();
        double seconds =
                lines(audio, "#EXT-X-PART:").stream()
                        .filter(line -> line.contains("-101."))
                        .mapToDouble(line -> Double.parseDouble(line.substring(21, 26)))
                        .sum();
        assertThat(seconds).isBetween(1.97, 2.03);
        assertThat(lines(audio, "#EXT-X-PART:"))
                .allSatisfy(
                        line ->
                                assertThat(Double.parseDouble(line.substring(21, 26)))
                                        .isLessThanOrEqualTo(0.334));
    }

    @Test
    void whoAsksForAPastThatIsNotThereGetsWhatIs() {
        stream.until(5000);
        assertThat(stream.get("master-dvr.m3u8").body())
                .isEqualTo(stream.get("master.m3u8").body())
                .contains("\nv1.m3u8\n");
        assertThat(stream.get("manifest-dvr.mpd").body()).contains("<Representation");
    }

    @Test
    void aPublishersTermsSayHowFarPlayersGoBackWithinTheConfigurations() {
        var options =
                new LiveWindowOptions(
                        6,
                        1 << 30,
                        Duration.ofSeconds(4),
                        Duration.ofMillis(333),
                        Duration.ofHours(2));
        assertThat(options.dvrFor(null)).isEqualTo(Duration.ofHours(2));
        assertThat(options.dvrFor(Duration.ofMinutes(10))).isEqualTo(Duration.ofMinutes(10));
        assertThat(options.dvrFor(Duration.ofHours(3))).isEqualTo(Duration.ofHours(2));
        assertThat(options.dvrFor(Duration.ZERO)).isZero();
    }

    @Test
    void aReloadWaitsForItsPart() throws Exception {
        stream.until(5000);
        assertThat(stream.get("v1.m3u8?_HLS_msn=102&_HLS_part=2").body())
                .contains("v1-part-102.2-100.m4s");
        var third = stream.ask("v1.m3u8?_HLS_msn=102&_HLS_part=3");
        var later = stream.ask("v1.m3u8?_HLS_msn=102&_HLS_part=5");
        var whole = stream.ask("v1.m3u8?_HLS_msn=102");
        var hint = stream.ask("v1-part-102.3-100.m4s");
        isHeld(third);
        isHeld(hint);
        stream.until(5320);
        HttpResponse<String> reply = third.get(60, TimeUnit.SECONDS);
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.headers().firstValue("Cache-Control")).hasValue("max-age=24");
        assertThat(reply.body()).contains("TYPE=PART,URI=\"v1-part-102.4-100.m4s\"");
        assertThat(hint.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        isHeld(later);
        // The segment has seven parts: what is asked beyond them is the next one's first.
        var beyond = stream.ask("v1.m3u8?_HLS_msn=102&_HLS_part=9");
        stream.until(6000);
        assertThat(later.get(60, TimeUnit.SECONDS).body()).contains("v1-seg-102.m4s\n");
        assertThat(whole.get(60, TimeUnit.SECONDS).body())
                .contains(
                        "v1-seg-102.m4s\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"v1-part-103.0-100.m4s");
        isHeld(beyond);
        stream.until(6400);
        assertThat(beyond.get(60, TimeUnit.SECONDS).body())
                .contains("v1-part-103.0-100.m4s\",INDEP");
        assertThat(stream.get("v1.m3u8?_HLS_msn=101&_HLS_part=99").statusCode()).isEqualTo(200);
    }

    @Test
    void manyWaitForALargePart() throws Exception {
        stream.run(() -> stream.rendition(0).pictureBytes = 4000);
        stream.until(5000);
        String part = "v1-part-102.3-100.m4s";
        HttpRequest whole = HttpRequest.newBuilder(stream.uri(part)).build();
        HttpRequest range =
                HttpRequest.newBuilder(stream.uri(part)).header("Range", "bytes=20000-").build();
        List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(
                    stream.client.sendAsync(
                            i % 5 == 4 ? range : whole, HttpResponse.BodyHandlers.ofByteArray()));
        }
        await().until(() -> stream.handler.held() == 20);
        stream.until(5320);
        byte[] later = stream.bytes(part);
        assertThat(later.length).isGreaterThan(8 * 4000);
        for (int i = 0; i < 20; i++) {
            HttpResponse<byte[]> reply = all.get(i).get(40, TimeUnit.SECONDS);
            boolean some = i % 5 == 4;
            assertThat(reply.statusCode()).isEqualTo(some ? 206 : 200);
            assertThat(reply.body())
                    .isEqualTo(some ? Arrays.copyOfRange(later, 20_000, later.length) : later);
        }
    }

    @Test
    void whatNobodyCanWaitForIsRefused() {
        stream.until(5000);
        for (String bad :
                List.of(
                        "_HLS_part=1",
                        "_HLS_msn=",
                        "_HLS_msn=x",
                        "_HLS_msn=-5",
                        "_HLS_msn=99999999999999999999",
                        "_HLS_msn=105",
                        "_HLS_msn=102&_HLS_part=17",
                        "_HLS_msn=102&_HLS_part=a")) {
            assertThat(stream.get("v1.m3u8?" + bad).statusCode()).as(bad).isEqualTo(400);
        }
        assertThat(stream.get("v1.m3u8?_HLS_msn=102&_HLS_part=0&what=ever").statusCode())
                .isEqualTo(200);
        assertThat(stream.get("v1-part-102.4-100.m4s").statusCode()).isEqualTo(404);
        assertThat(stream.get("v1-part-102.9999999-100.m4s").statusCode()).isEqualTo(404);
        assertThat(stream.get("v9.m3u8").statusCode()).isEqualTo(404);
    }

    @Test
    void theEndAnswersWhoeverWaits() throws Exception {
        stream.until(5000);
        var playlist = stream.ask("v1.m3u8?_HLS_msn=103&_HLS_part=0");
        var hint = stream.ask("v1-part-103.0-100.m4s");
        isHeld(playlist);
        stream.run(() -> stream.rendition(0).packager.interrupted());
        isHeld(playlist);
        stream.run(() -> stream.rendition(0).packager.ended());
        assertThat(playlist.get(60, TimeUnit.SECONDS).body())
                .endsWith("#EXT-X-ENDLIST\n")
                .doesNotContain("PRELOAD-HINT");
        assertThat(hint.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
        assertThat(stream.get("v1.m3u8?_HLS_msn=900").statusCode()).isEqualTo(200);
    }

    /// Shaka Player decodes what comes with the map that stood before the hint.
    @Test
    void aHintComesTrueOnlyIfItsMapDecodesWhatComes() throws Exception {
        stream.until(5000);
        var hint = stream.ask("v1-part-103.0-100.m4s");
        await().until(() -> stream.handler.held() > 0);
        stream.takeOver();
        stream.until(5500);
        assertThat(hint.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
        assertThat(stream.get("v1-part-103.0-103.m4s").statusCode()).isEqualTo(200);
        assertThat(stream.get("v1.m3u8").body())
                .contains("#EXT-X-MAP:URI=\"v1-init-103.mp4\"")
                .contains("URI=\"v1-part-103.0-103.m4s\"");
    }

    @Test
    void aNewPublisherIsHintedAtByItsMapAndGoesOnBehindADiscontinuity() throws Exception {
        stream.until(5000);
        stream.run(
                () -> {
                    stream.rendition(0).packager.interrupted();
                    stream.rendition(0).tracks(StagedStream.AVC, null);
                });
        String waiting = stream.get("v1.m3u8").body();
        assertThat(waiting).doesNotContain("TYPE=MAP").doesNotContain("DISCONTINUITY");
        byte[] other = StagedStream.AVC.config().clone();
        other[other.length - 1] ^= 4;
        stream.run(
                () ->
                        stream.rendition(0)
                                .tracks(new Configured(StagedStream.AVC.codec(), other), null));
        String changed = stream.get("v1.m3u8").body();
        assertThat(changed)
                .contains("#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"v1-init-103.mp4\"\n")
                .contains("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"v1-part-103.0-103.m4s\"\n");
        assertThat(stream.get("v1-init-103.mp4").statusCode()).isEqualTo(200);
        stream.run(() -> stream.rendition(0).until(5600, true, false));
        assertThat(stream.get("v1.m3u8").body())
                .contains(
                        "v1-seg-102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"v1-init-103.mp4\"\n"
                                + "#EXT-X-PROGRAM-DATE-TIME:");
        assertThat(stream.get("a1.m3u8").statusCode()).isEqualTo(200);
    }

    @Test
    void playlistsAreCompressedAndSayHowLongTheyKeep() throws Exception {
        stream.until(5000);
        HttpResponse<byte[]> reply =
                stream.client.send(
                        HttpRequest.newBuilder(stream.uri("v1.m3u8"))
                                .header("Accept-Encoding", "gzip")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(reply.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(reply.headers().firstValue("Cache-Control")).hasValue("max-age=2");
        assertThat(reply.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
                .contains("Age");
        assertThat(
                        stream.get("v1-part-101.0-100.m4s")
                                .headers()
                                .firstValue("Cache-Control")
                                .orElseThrow())
                .contains("immutable");
        assertThat(stream.get("v1-part-1.0-100.m4s").headers().firstValue("Cache-Control"))
                .hasValue("max-age=1");
    }

    /// Memory keeps so many init segments, and what needs others goes with them.
    @Test
    void anEncoderThatIsNeverTheSameTwiceKeepsNoMoreThanThat() throws Exception {
        var options =
                new LiveWindowOptions(60, 1 << 30, Duration.ofSeconds(2), Duration.ofMillis(500));
        var presentation =
                new LivePresentation("many", 7, options, Runnable::run, () -> {}, _ -> {});
        RenditionWindow window = presentation.add("1", StagedStream.WALL);
        for (int i = 0; i < 150; i++) {
            byte[] config = StagedStream.AVC.config().clone();
            config[config.length - 2] = (byte) i;
            LiveTrack track = LiveTrack.of(new Configured(StagedStream.AVC.codec(), config));
            window.tracks(List.of(track), i > 0);
            window.fragment(fragment(track, 7 + i, i * 500L, 500));
            window.segmentEnd(track, 7 + i, i * 500L, i * 500L + 500);
        }
        TrackWindow.View view = presentation.windows().getFirst().view();
        assertThat(view.inits()).hasSize(64);
        assertThat(view.kept())
                .hasSize(64)
                .allSatisfy(segment -> assertThat(view.inits()).containsKey(segment.initName()));
    }

    private static LiveFragment fragment(LiveTrack track, long segment, long startMs, long ms) {
        return new LiveFragment(
                track,
                segment,
                0,
                new byte[8],
                0,
                startMs * 90,
                ms * 90,
                startMs,
                ms,
                true,
                StagedStream.WALL.at(startMs),
                new LiveSamples(new int[1], new int[1], new int[1], new boolean[1]));
    }

    @Test
    void deltaUpdatesLeaveOutWhatIsOld() throws Exception {
        var options =
                new LiveWindowOptions(40, 1 << 30, Duration.ofSeconds(2), Duration.ofMillis(500));
        var presentation =
                new LivePresentation("long", 7, options, Runnable::run, () -> {}, _ -> {});
        RenditionWindow window = presentation.add("1", StagedStream.WALL);
        LiveTrack track = LiveTrack.of(StagedStream.AVC);
        window.tracks(List.of(track), false);
        for (int i = 0; i < 20; i++) {
            window.fragment(fragment(track, 7 + i, i * 2000L, 2000));
            window.segmentEnd(track, 7 + i, i * 2000L, i * 2000L + 2000);
        }
        TrackState state = presentation.feed(presentation.windows().getFirst()).state();
        String whole =
                new String(state.playlist(false, false, null).body(), StandardCharsets.UTF_8);
        String delta = new String(state.playlist(true, true, null).body(), StandardCharsets.UTF_8);
        assertThat(whole).contains("v1-seg-7.m4s").doesNotContain("EXT-X-SKIP");
        assertThat(delta)
                .contains("#EXT-X-MEDIA-SEQUENCE:7\n")
                .contains("#EXT-X-SKIP:SKIPPED-SEGMENTS=14\n#EXT-X-MAP")
                .doesNotContain("v1-seg-20.m4s")
                .contains("v1-seg-21.m4s");
        String tail =
                whole.substring(whole.indexOf("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:28"));
        assertThat(delta).endsWith(tail);
        assertThat(state.playlist(true, true, null)).isSameAs(state.playlist(true, true, null));
        assertThat(lines(whole, "#EXT-X-PART:")).hasSize(3);
    }

    @Test
    void aThousandThatWaitForOnePartAreAnsweredAtOnce() throws Exception {
        stream.until(5000);
        var address = new InetSocketAddress("127.0.0.1", stream.http.localPort());
        List<SocketChannel> viewers = new ArrayList<>();
        long best = Long.MAX_VALUE;
        try (var selector = Selector.open()) {
            for (int i = 0; i < 1000; i++) {
                SocketChannel viewer = SocketChannel.open(address);
                viewers.add(viewer);
                viewer.configureBlocking(false);
                viewer.register(selector, SelectionKey.OP_READ);
            }
            // The first part finds a cold machine.
            for (int part = 3; part < 6; part++) {
                byte[] request =
                        ("GET /live/stage/v1.m3u8?_HLS_msn=102&_HLS_part="
                                        + part
                                        + " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII);
                for (SocketChannel viewer : viewers) {
                    viewer.write(ByteBuffer.wrap(request));
                }
                await().until(() -> stream.handler.held() == 1000);
                long start = System.nanoTime();
                stream.until(4040 + 320L * (part + 1));
                allAnswered(selector);
                best = Math.min(best, (System.nanoTime() - start) / 1_000_000);
                await().until(() -> stream.handler.held() == 0);
            }
            LoggerFactory.getLogger(getClass()).warn("1000 answered within {} ms", best);
            // 50 ms on a machine of its own; here others run beside it.
            assertThat(best).isLessThan(3000);
        } finally {
            for (SocketChannel viewer : viewers) {
                viewer.close();
            }
        }
    }

    private static void allAnswered(Selector selector) throws Exception {
        var bytes = ByteBuffer.allocate(64 << 10);
        Set<SelectionKey> answered = new HashSet<>();
        while (answered.size() < 1000 && selector.select(10_000) > 0) {
            for (SelectionKey key : selector.selectedKeys()) {
                ((SocketChannel) key.channel()).read(bytes.clear());
                if (answered.add(key)) {
                    assertThat(new String(bytes.array(), 0, 15, StandardCharsets.US_ASCII))
                            .isEqualTo("HTTP/1.1 200 OK");
                }
            }
            selector.selectedKeys().clear();
        }
        assertThat(answered).hasSize(1000);
    }

    /// Viewers that leave while they wait leave nothing behind.
    @Test
    void whoLeavesIsForgotten() throws Exception {
        stream.until(5000);
        try (var socket = new Socket("127.0.0.1", stream.http.localPort())) {
            socket.getOutputStream()
                    .write(
                            "GET /live/stage/v1-part-102.3-100.m4s HTTP/1.1\r\nHost: x\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> stream.handler.held() == 1);
        }
        await().until(() -> stream.handler.held() == 0);
        stream.until(5320);
        assertThat(stream.get("v1-part-102.3-100.m4s").statusCode()).isEqualTo(200);
    }

    @Test
    void reloadsAreHeldOnStreamsOfHttp2(@TempDir Path folder) throws Exception {
        stream.until(5000);
        var options =
                HttpServerOptions.of("https", "127.0.0.1", 0)
                        .withTls(new TlsOptions.SelfSigned(folder, "localhost"));
        var router = new HttpRouter().add("/live/", "live", stream.handler);
        try (var server = new HttpServer(options, router, stream.loops).start();
                var client = HttpClient.newBuilder().sslContext(trustingAll()).build()) {
            URI base = URI.create("https://localhost:" + server.localPort() + "/live/stage/");
            List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
            for (String name :
                    List.of("v1.m3u8?_HLS_msn=102&_HLS_part=3", "v1-part-102.3-100.m4s")) {
                waiting.add(
                        client.sendAsync(
                                HttpRequest.newBuilder(base.resolve(name)).build(),
                                HttpResponse.BodyHandlers.ofString()));
            }
            await().until(() -> stream.handler.held() == 2);
            stream.until(5320);
            for (var reply : waiting) {
                assertThat(reply.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
                assertThat(reply.get().version()).isEqualTo(HttpClient.Version.HTTP_2);
            }
        }
    }

    private static SSLContext trustingAll() throws Exception {
        var context = SSLContext.getInstance("TLS");
        TrustManager all =
                new X509TrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                };
        context.init(null, new TrustManager[] {all}, null);
        return context;
    }
}
