package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.liveingest.past.PastOptions;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.testing.FaultyBlobStore;
import io.millrace.storage.volume.GuardedBlobStore;
import io.millrace.storage.volume.VolumeGuard;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/// Going back in a stream of two renditions that is not recorded: its past is kept in files of
/// twenty seconds, for a minute and the minute to spare.
class KeptPastTest {
    private static final Duration BACK = Duration.ofSeconds(60);
    private static final BlobKey PAST = BlobKey.of("content/live-past");
    private static final PastOptions OPTIONS =
            new PastOptions(
                    "node-1",
                    Duration.ofSeconds(20),
                    1 << 30,
                    Duration.ofSeconds(8),
                    Duration.ZERO,
                    Duration.ofMillis(100),
                    Duration.ofSeconds(20),
                    Duration.ofMinutes(30));

    @TempDir Path folder;
    private @Nullable StagedStream stream;
    private @Nullable FaultyBlobStore faulty;
    private long nextMs = 27_000;

    private StagedStream stream() {
        return Objects.requireNonNull(stream);
    }

    private void open(UnaryOperator<BlobStore> storage, String... names) throws IOException {
        StagedStream opened = new StagedStream(BACK, false, storage, OPTIONS, names);
        stream = opened;
        for (int i = 0; i < names.length; i++) {
            int number = i;
            boolean sound = i == 0;
            opened.run(
                    () ->
                            opened.rendition(number)
                                    .tracks(StagedStream.AVC, sound ? StagedStream.AAC : null));
        }
    }

    /// Storage that can be made to fail, with a deadline.
    private BlobStore guarded(BlobStore real) {
        try {
            var sick = new FaultyBlobStore(real, folder);
            faulty = sick;
            return new GuardedBlobStore(
                    sick,
                    new VolumeGuard(
                            "test",
                            new VolumeGuard.Limits(4, 64, Duration.ofMillis(300)),
                            new SimpleMeterRegistry()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        if (stream != null) {
            stream.close();
        }
    }

    /// No faster than what is written.
    private void until(long fromMs, long toMs, int... renditions) {
        for (long ms = fromMs; ; ms = Math.min(toMs, ms + 2000)) {
            long now = ms;
            for (int rendition : renditions) {
                stream().run(() -> stream().rendition(rendition).until(now, true, rendition == 0));
            }
            written();
            if (ms == toMs) {
                return;
            }
        }
    }

    private void written() {
        await().atMost(Duration.ofSeconds(40))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> stream().past.queuedMs() == 0);
    }

    private static List<String> lines(String playlist, String tag) {
        return playlist.lines().filter(line -> line.startsWith(tag)).toList();
    }

    private List<BlobKey> files() throws IOException {
        return stream().blobs.list(PAST).stream()
                .filter(key -> key.name().endsWith(".m4s"))
                .toList();
    }

    @Test
    void whatLeftMemoryIsTheSameInEachRendition() throws Exception {
        open(blobs -> blobs, "1", "2");
        until(0, 5000, 0, 1);
        Map<String, byte[]> atTheEdge = new HashMap<>();
        for (String name : List.of("v1-seg-100.m4s", "v2-seg-101.m4s", "a1-seg-101.m4s")) {
            atTheEdge.put(name, stream().bytes(name));
        }
        until(6000, 41_000, 0, 1);
        assertThat(stream().presentation.windows().getFirst().view().segment(107)).isNull();
        for (Map.Entry<String, byte[]> each : atTheEdge.entrySet()) {
            assertThat(stream().bytes(each.getKey())).isEqualTo(each.getValue());
        }
        // A track's segments lie side by side, in files that are not longer than twenty seconds.
        assertThat(files()).hasSizeBetween(3 * 2, 3 * 3);
        String one = stream().get("v1-dvr.m3u8").body();
        String two = stream().get("v2-dvr.m3u8").body();
        assertThat(lines(one, "#EXTINF")).hasSize(20);
        assertThat(one).contains("#EXT-X-RENDITION-REPORT:URI=\"v2-dvr.m3u8\",LAST-MSN=120");
        assertThat(two).contains("#EXT-X-RENDITION-REPORT:URI=\"v1-dvr.m3u8\",LAST-MSN=120");
        for (String tag : List.of("#EXTINF", "#EXT-X-PROGRAM", "#EXT-X-MEDIA-SEQ")) {
            assertThat(lines(two, tag)).isEqualTo(lines(one, tag));
        }
        assertThat(stream().get("master-dvr.m3u8").body())
                .contains("\nv1-dvr.m3u8\n")
                .contains("\nv2-dvr.m3u8\n")
                .contains("URI=\"a1-dvr.m3u8\"");
        String mpd = stream().get("manifest-dvr.mpd").body();
        assertThat(mpd.split("<Representation ")).hasSize(4);
        assertThat(mpd.split("<S t=\"0\" d=\"180000\" r=\"21\"")).hasSize(3);
        assertThat(stream().bytes("v2-time-180000-100.m4s"))
                .isEqualTo(atTheEdge.get("v2-seg-101.m4s"));
        assertThat(stream().blobs.list(BlobKey.of("content/live"))).isEmpty();
    }

    @Test
    void filesGoWhenAllOfThemHasLeftTheWindowAndAtTheEnd() throws Exception {
        open(blobs -> blobs, "1");
        List<BlobKey> first = null;
        for (long ms = 0; ms <= 300_000; ms += 20_000) {
            until(ms, ms + 20_000, 0);
            if (first == null) {
                first = files();
            }
            // A minute, a minute to spare, and what is not out of them yet, of two tracks.
            assertThat(files()).hasSizeLessThanOrEqualTo(2 * 8);
        }
        assertThat(files()).hasSizeGreaterThanOrEqualTo(2 * 6).doesNotContainAnyElementsOf(first);
        String back = stream().get("v1-dvr.m3u8").body();
        for (String name : lines(back, "v1-seg-")) {
            assertThat(stream().bytes(name)).isNotEmpty();
        }
        assertThat(stream().blobs.list(PAST)).hasSize(files().size() + 1); // and that it lives
        stream().run(() -> stream().rendition(0).packager.ended());
        await().until(() -> files().isEmpty());
        stream().past.close(5000);
        assertThat(stream().blobs.list(PAST)).isEmpty();
    }

    @Test
    void aTrackThatIsGoneAgesWithTheOther() throws Exception {
        open(blobs -> blobs, "1");
        until(0, 20_000, 0);
        stream().run(() -> stream().rendition(0).packager.interrupted());
        stream().run(() -> stream().rendition(0).tracks(StagedStream.AVC, null));
        for (long ms = 20_000; ms <= 200_000; ms += 2000) {
            long now = ms;
            stream().run(() -> stream().rendition(0).until(now, true, false));
            written();
        }
        assertThat(files()).isNotEmpty().noneMatch(key -> key.name().contains("-a1."));
    }

    @Test
    void storageThatHangsCostsAGapAndNothingElse() throws Exception {
        open(this::guarded, "1");
        FaultyBlobStore volume = Objects.requireNonNull(faulty);
        until(0, 11_000, 0);
        volume.hang();
        for (long ms = 12_000; ms <= 25_000; ms += 1000) {
            stream().until(ms);
        }
        assertThat(stream().get("v1.m3u8").body()).contains("v1-part-112.");
        written(); // or given up
        volume.goOn();
        goesOnWithAGap();
        assertThat(count("lost")).isPositive();
        assertThat(count("troubles")).isPositive();
    }

    @Test
    void aFullDiskCostsAGapAndNothingElse() throws Exception {
        open(this::guarded, "1");
        FaultyBlobStore volume = Objects.requireNonNull(faulty);
        until(0, 11_000, 0);
        volume.beFull(true);
        until(12_000, 25_000, 0);
        assertThat(stream().get("v1.m3u8").body()).contains("v1-part-112.");
        volume.beFull(false);
        goesOnWithAGap();
        assertThat(count("lost")).isPositive();
        assertThat(count("troubles")).isPositive();
    }

    @Test
    void otherNodesGetItFromThisOne(@TempDir Path own) throws Exception {
        // Where a bucket is the storage, the past is on this node's own disk.
        open(_ -> ownDisk(own), "1", "2");
        until(0, 5000, 0, 1);
        byte[] atTheEdge = stream().bytes("v2-seg-101.m4s");
        until(6000, 41_000, 0, 1);
        assertThat(files()).isEmpty();
        URI origin = URI.create("http://127.0.0.1:" + stream().http.localPort());
        try (var edge =
                        new LiveEdge(
                                _ -> CompletableFuture.completedFuture(List.of(origin)),
                                null,
                                null,
                                InstantSource.system(),
                                64 << 20,
                                stream().loops,
                                stream().meters);
                var handler =
                        new LiveHttpHandler(
                                new LivePresentations(Clock.systemUTC()),
                                new PlaylistViewers(Ticker.systemTicker()),
                                null,
                                true,
                                Clock.systemUTC(),
                                stream().meters,
                                edge,
                                null,
                                null);
                var http =
                        new HttpServer(
                                        HttpServerOptions.of("edge", "127.0.0.1", 0),
                                        new HttpRouter().add("/live/", "live", handler),
                                        stream().loops)
                                .start()) {
            String base = "http://127.0.0.1:" + http.localPort() + "/live/stage/";
            assertThat(new String(from(base + "master-dvr.m3u8"), StandardCharsets.UTF_8))
                    .contains("\nv1-dvr.m3u8\n", "\nv2-dvr.m3u8\n");
            assertThat(from(base + "v2-dvr.m3u8")).isEqualTo(stream().bytes("v2-dvr.m3u8"));
            assertThat(from(base + "v2-seg-101.m4s")).isEqualTo(atTheEdge);
        }
    }

    private BlobStore ownDisk(Path own) {
        try {
            return new LocalBlobStore(own, new SimpleMeterRegistry());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] from(String url) throws Exception {
        var reply =
                stream()
                        .client
                        .send(
                                HttpRequest.newBuilder(URI.create(url)).build(),
                                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(reply.statusCode()).as(url).isEqualTo(200);
        return reply.body();
    }

    /// After storage failed from 11 s on.
    private void goesOnWithAGap() {
        await().atMost(Duration.ofSeconds(40))
                .until(
                        () -> {
                            long next = nextMs;
                            nextMs += 2000;
                            stream().until(next);
                            written();
                            DvrWindow dvr = Objects.requireNonNull(stream().dvr);
                            return dvr.track(TrackKind.VIDEO)
                                            .place(StagedStream.FIRST + next / 2000 - 2)
                                    != null;
                        });
        until(nextMs, nextMs + 30_000, 0);
        String back = stream().get("v1-dvr.m3u8").body();
        assertThat(lines(back, "#EXT-X-GAP")).isNotEmpty();
        List<String> all = back.lines().toList();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).startsWith("v1-seg-")) {
                boolean gap = all.get(i - 2).equals("#EXT-X-GAP");
                assertThat(stream().get(all.get(i)).statusCode()).isEqualTo(gap ? 404 : 200);
            }
        }
    }

    private double count(String name) {
        return stream().meters.get("millrace.live.past." + name).counter().count();
    }
}
