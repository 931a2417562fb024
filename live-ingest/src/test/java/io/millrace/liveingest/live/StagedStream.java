package io.millrace.liveingest.live;

import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.info.PlaylistViewers;
import io.millrace.liveingest.past.PastFiles;
import io.millrace.liveingest.past.PastOptions;
import io.millrace.liveingest.record.RecordingOptions;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.Recordings;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.LocalBlobStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/// A live stream behind a real HTTP server, whose units the test makes: 25 pictures and 46.875
/// sounds a second, as fast as they are asked for.
final class StagedStream implements AutoCloseable {
    static final long FIRST = 100;
    static final WallTime WALL = Instant.parse("2026-01-01T00:00:00Z")::plusMillis;

    /// Of a 320x180 stream of x264.
    static final Configured AVC =
            new Configured(
                    FlvCodec.AVC,
                    HexFormat.of()
                            .parseHex(
                                    "01f4000dffe1001d67f4000d90d96405067e37016a0c0c0c800000030080"
                                            + "00001e478a152401000668ebcc448440"));

    static final Configured AAC = new Configured(FlvCodec.AAC, HexFormat.of().parseHex("1190"));
    static final LiveWindowOptions OPTIONS =
            new LiveWindowOptions(6, 1 << 30, Duration.ofSeconds(4), Duration.ofMillis(333));

    final EventLoops loops = EventLoops.start(2);
    final EventLoop loop = loops.group().next();
    final LivePresentations presentations = new LivePresentations(Clock.systemUTC());
    final LivePresentation presentation;
    final Path folder;
    final LocalBlobStore blobs;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final LiveHttpHandler handler;
    private final Duration back;
    private final Recordings recordings;
    private final boolean recorded;

    /// What is not recorded is kept here.
    final PastFiles past;

    /// Of the first rendition, where it has one.
    @Nullable DvrWindow dvr;

    private LiveHttpHandler handler() {
        return new LiveHttpHandler(
                presentations,
                new PlaylistViewers(Ticker.systemTicker()),
                null,
                true,
                Clock.systemUTC(),
                new SimpleMeterRegistry(),
                null,
                null,
                null);
    }

    final HttpServer http;
    final HttpClient client;
    private final Rendition[] renditions;
    private long pausedMs;

    /// One encoder's units on their way.
    final class Rendition {
        final LivePackager packager;
        private long pictures;
        private long sounds;

        /// Pictures from key frame to key frame.
        int keyEvery = 50;

        /// How large each picture is.
        int pictureBytes = 500;

        Rendition(String name) {
            packager =
                    new LivePackager(
                            "stage",
                            Duration.ofSeconds(2),
                            OPTIONS.maxSegment(),
                            OPTIONS.partTarget(),
                            FIRST,
                            ms -> WALL.at(ms + pausedMs),
                            new LiveMetrics(new SimpleMeterRegistry()),
                            outputs(name),
                            presentation.grid(name));
        }

        private List<LiveOutput> outputs(String name) {
            if (back.isZero()) {
                return List.of(presentation.add(name, WALL));
            }
            boolean first = dvr == null;
            var window = new DvrWindow(back, first && recorded ? blobs : past.blobs());
            dvr = first ? window : dvr;
            return List.of(
                    presentation.add(name, WALL, window),
                    first && recorded
                            ? recordings.record("stage", "1", window::recorded)
                            : past.keep("stage", name, window));
        }

        void tracks(@Nullable Configured video, @Nullable Configured audio) {
            packager.tracks(new StreamTracks(video, audio), pictures + sounds > 0);
        }

        /// Nothing came before.
        void comeAt(long ms) {
            pictures = ms / 40;
        }

        /// Until a picture at `ms` has come, a key frame every two seconds; -1: without sound.
        void until(long ms, boolean video, boolean audio) {
            if (video && audio && sounds * 1024 / 48 < pictures * 40 - 1000) {
                sounds = pictures * 40 * 48 / 1024; // what was left out is not sent later
            }
            while (true) {
                long picture = video ? pictures * 40 : Long.MAX_VALUE;
                long sound = audio ? sounds * 1024 / 48 : Long.MAX_VALUE;
                if (Math.min(picture, sound) > ms) {
                    return;
                }
                if (sound <= picture) {
                    unit(TrackKind.AUDIO, true, sound, 60);
                    sounds++;
                } else {
                    unit(TrackKind.VIDEO, pictures % keyEvery == 0, picture, pictureBytes);
                    pictures++;
                }
            }
        }

        private void unit(TrackKind kind, boolean key, long ms, int size) {
            ByteBuf data = Unpooled.buffer().writeZero(size);
            packager.unit(new AccessUnit(kind, key, ms, 0, data));
            data.release();
        }
    }

    StagedStream(String... names) throws IOException {
        this(Duration.ZERO, names);
    }

    /// @param back how far players may go back; the first rendition is recorded
    StagedStream(Duration back, String... names) throws IOException {
        this(
                back,
                true,
                blobs -> blobs,
                PastOptions.of("node-1", back, Duration.ofSeconds(60)),
                names);
    }

    /// @param recorded whether the first rendition is
    /// @param storage where the past of what is not recorded is kept, given what all share
    StagedStream(
            Duration back,
            boolean recorded,
            UnaryOperator<BlobStore> storage,
            PastOptions options,
            String... names)
            throws IOException {
        this.recorded = recorded;
        folder = Files.createTempDirectory("staged-stream");
        blobs = new LocalBlobStore(folder, new SimpleMeterRegistry());
        past = new PastFiles(storage.apply(blobs), options, meters);
        handler = handler();
        this.back = back;
        recordings =
                new Recordings(
                        blobs,
                        RecordingSink.NONE,
                        RecordingOptions.of("node-1"),
                        new LiveMetrics(new SimpleMeterRegistry()));
        presentation =
                presentations.running(
                        "stage",
                        _ ->
                                new LivePresentation(
                                        "stage", FIRST, OPTIONS, loop, () -> {}, _ -> {}));
        renditions = new Rendition[names.length];
        for (int i = 0; i < names.length; i++) {
            String name = names[i];
            renditions[i] = on(() -> new Rendition(name));
        }
        http =
                new HttpServer(
                                HttpServerOptions.of("http", "127.0.0.1", 0),
                                new HttpRouter().add("/live/", "live", handler),
                                loops)
                        .start();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /// Does something on the stream's event loop.
    <T> T on(java.util.function.Supplier<T> action) {
        return CompletableFuture.supplyAsync(action, loop).join();
    }

    void run(Runnable action) {
        CompletableFuture.runAsync(action, loop).join();
    }

    /// Another encoder takes the first rendition over, with a configuration that the first's
    /// decoder cannot use.
    void takeOver() {
        byte[] other = AVC.config().clone();
        other[other.length - 1] ^= 4;
        run(
                () -> {
                    rendition(0).packager.interrupted();
                    rendition(0).tracks(new Configured(AVC.codec(), other), AAC);
                });
    }

    /// The encoder breaks off and comes back as it was.
    void comeBack() {
        run(
                () -> {
                    rendition(0).packager.interrupted();
                    rendition(0).tracks(AVC, AAC);
                });
    }

    /// What comes from now on comes so much later by the clock on the wall.
    void pause(long ms) {
        run(() -> pausedMs += ms);
    }

    Rendition rendition(int i) {
        return renditions[i];
    }

    /// Video and audio of the only rendition go on until this time.
    void until(long ms) {
        run(() -> rendition(0).until(ms, true, true));
    }

    void start() {
        run(() -> rendition(0).tracks(AVC, AAC));
    }

    URI uri(String name) {
        return URI.create("http://127.0.0.1:" + http.localPort() + "/live/stage/" + name);
    }

    CompletableFuture<HttpResponse<String>> ask(String name) {
        return client.sendAsync(
                HttpRequest.newBuilder(uri(name)).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String name) {
        return ask(name).join();
    }

    byte[] bytes(String name) throws IOException, InterruptedException {
        HttpResponse<byte[]> reply =
                client.send(
                        HttpRequest.newBuilder(uri(name)).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        if (reply.statusCode() != 200) {
            throw new IOException(name + ": " + reply.statusCode());
        }
        return reply.body();
    }

    @Override
    public void close() throws IOException {
        for (Rendition rendition : renditions) {
            run(rendition.packager::ended);
        }
        client.close();
        http.close();
        handler.close();
        recordings.close(5000);
        past.close(5000);
        loops.close();
        blobs.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
