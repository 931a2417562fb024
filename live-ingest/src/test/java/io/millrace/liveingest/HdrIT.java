package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.ContentLight;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.codec.MasteringDisplay;
import io.millrace.delivery.codec.MasteringDisplay.Point;
import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.edge.LiveEdge;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.FlvTrackSink;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Ten bits of HEVC whose bit stream says nothing of its colours, and the publisher's word on them,
/// on the way to everybody who watches, beside this node and on another one.
class HdrIT {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final String ENTRY = "0_bright";

    private static final VideoColorInfo SAID =
            new VideoColorInfo(
                    new ColorInfo(9, 16, 9, false),
                    0,
                    new HdrLight(
                            new MasteringDisplay(
                                    new Point(35_400, 14_600),
                                    new Point(8_500, 39_850),
                                    new Point(6_550, 2_300),
                                    new Point(15_635, 16_450),
                                    10_000_000,
                                    50),
                            new ContentLight(1000, 400)));

    @TempDir Path folder;

    private final EventLoops loops = EventLoops.start(1);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private LiveServer server;
    private LiveServer elsewhere;

    @BeforeEach
    void start() throws Exception {
        server = new LiveServer(folder.resolve("blobs"), "first");
        elsewhere =
                new LiveServer(
                        folder.resolve("elsewhere"),
                        LiveIngestOptions.onPorts(0, null).withNodeName("second"),
                        new LiveEdge(
                                _ -> CompletableFuture.completedFuture(List.of(server.node())),
                                null,
                                null,
                                InstantSource.system(),
                                1 << 20,
                                loops,
                                meters));
    }

    @AfterEach
    void stop() {
        elsewhere.close();
        server.close();
        loops.close();
    }

    /// Encoded by ffmpeg, without what it says of the colours itself: with `said`, if not null.
    private Path clip(String bitStreamColors, @Nullable VideoColorInfo said) throws Exception {
        Path made = folder.resolve("made.flv");
        String arguments =
                "-y -loglevel error -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i"
                        + " sine=sample_rate=48000 -t 20 -pix_fmt yuv420p10le -c:v libx265 -preset"
                        + " ultrafast -x265-params log-level=none:pools=1:keyint=25:bframes=0"
                        + " -bsf:v hevc_metadata="
                        + bitStreamColors
                        + " -c:a aac -f flv "
                        + made;
        try (var ffmpeg = FfmpegProcess.ffmpeg(folder, arguments.split(" "))) {
            assertThat(ffmpeg.await(60)).as(ffmpeg.output()).isZero();
        }
        List<FlvFile.Tag> tags = new ArrayList<>();
        for (FlvFile.Tag tag : FlvFile.read(made).tags()) {
            if (!tag.isVideo() || of(tag).colors() == null) {
                tags.add(tag);
            }
            if (said != null && tag.isVideo() && of(tag).config()) {
                ByteBuf body = Unpooled.buffer();
                FlvBodyWriter.colors(FlvCodec.HEVC, said, body);
                tags.add(new FlvFile.Tag(9, tag.timeMs(), ByteBufUtil.getBytes(body)));
            }
        }
        Path clip = folder.resolve("clip.flv");
        new FlvFile(tags).write(clip);
        return clip;
    }

    private record Said(boolean config, @Nullable VideoColorInfo colors) {}

    private static Said of(FlvFile.Tag tag) throws FlvException {
        var sink =
                new FlvTrackSink() {
                    boolean config;
                    @Nullable VideoColorInfo colors;

                    @Override
                    public void body(int trackId, int nanosecondOffset, FlvBody body) {
                        config |= body instanceof FlvBody.Config;
                    }

                    @Override
                    public void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {
                        try {
                            colors = VideoColorInfo.read(amf);
                        } catch (FlvException e) {
                            throw new AssertionError(e);
                        }
                    }
                };
        FlvVideoBody.read(Unpooled.wrappedBuffer(tag.body()), sink);
        return new Said(sink.config, sink.colors);
    }

    private FfmpegProcess publish(Path clip) throws Exception {
        return FfmpegProcess.ffmpeg(
                folder,
                "-re",
                "-i",
                clip.toString(),
                "-c",
                "copy",
                "-f",
                "flv",
                server.publishUrl(ENTRY, "secret"));
    }

    /// What ffprobe understands of a file's video.
    private String probed(Path file) throws Exception {
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-select_streams",
                        "v",
                        "-show_entries",
                        "stream=color_primaries,color_transfer,color_space:stream_side_data_list",
                        "-of",
                        "default=nokey=0",
                        file.toString())) {
            assertThat(probe.await(60)).as(probe.output()).isZero();
            return probe.output();
        }
    }

    private static void assertBright(String probed) {
        assertThat(probed)
                .contains(
                        "color_space=bt2020nc",
                        "color_transfer=smpte2084",
                        "color_primaries=bt2020",
                        "side_data_type=Mastering display metadata",
                        "red_x=35400/50000",
                        "green_y=39850/50000",
                        "white_point_x=15635/50000",
                        "max_luminance=10000000/10000",
                        "min_luminance=50/10000",
                        "side_data_type=Content light level metadata",
                        "max_content=1000",
                        "max_average=400");
    }

    /// A second of it, as ffmpeg understands it and writes it anew.
    private Path played(String url, String name) throws Exception {
        Path file = folder.resolve(name);
        try (var player =
                FfmpegProcess.ffmpeg(
                        folder,
                        "-y",
                        "-i",
                        url,
                        "-t",
                        "1",
                        "-c",
                        "copy",
                        "-f",
                        "mp4",
                        file.toString())) {
            assertThat(player.await(60)).as(player.output()).isZero();
        }
        return file;
    }

    @Test
    void colorsThatOnlyThePublisherSaysReachEverybody() throws Exception {
        Path clip =
                clip("colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2", SAID);
        try (var publisher = publish(clip)) {
            await().atMost(LONG).until(() -> server.events.contains("playable " + ENTRY));
            assertThat(server.get(ENTRY, "master.m3u8").body())
                    .contains(",VIDEO-RANGE=PQ")
                    .doesNotContain("VIDEO-RANGE=SDR");
            String playlist = server.get(ENTRY, "v1.m3u8").body();
            String init = playlist.split("#EXT-X-MAP:URI=\"")[1].split("\"")[0];
            Path file = folder.resolve("init.mp4");
            Files.write(file, server.bytes(ENTRY, init));
            assertBright(probed(file));
            assertThat(server.get(ENTRY, "manifest.mpd").body())
                    .contains(
                            "urn:mpeg:mpegB:cicp:ColourPrimaries\" value=\"9\"",
                            "urn:mpeg:mpegB:cicp:TransferCharacteristics\" value=\"16\"",
                            "urn:mpeg:mpegB:cicp:MatrixCoefficients\" value=\"9\"");
            assertBright(probed(played(server.rtmpUrl(ENTRY), "rtmp.mp4")));
            assertBright(probed(played(server.url(ENTRY + ".flv"), "flv.mp4")));
            assertBright(probed(played(elsewhere.url(ENTRY + ".flv"), "far.mp4")));
            assertThat(videoTags("curl/8")).anyMatch(tag -> SAID.equals(tag.colors()));
            // A player in a page, which would stop at a packet that it does not know.
            assertThat(videoTags("Mozilla/5.0 (X11)")).noneMatch(tag -> tag.colors() != null);
            publisher.interrupt();
            publisher.await(40);
        }
        await().atMost(LONG).until(() -> !server.finished.isEmpty());
        Path recording =
                server.blobs
                        .localPath(server.finished.getFirst().blobKeys().getFirst())
                        .orElseThrow();
        assertBright(probed(recording));
    }

    private List<Said> videoTags(String program) throws Exception {
        Path file = folder.resolve("tags.flv");
        try (var client = HttpClient.newHttpClient();
                var in =
                        client.send(
                                        HttpRequest.newBuilder(
                                                        URI.create(server.url(ENTRY + ".flv")))
                                                .header("User-Agent", program)
                                                .build(),
                                        HttpResponse.BodyHandlers.ofInputStream())
                                .body()) {
            Files.write(file, in.readNBytes(20_000));
        }
        List<Said> said = new ArrayList<>();
        for (FlvFile.Tag tag : FlvFile.read(file).tags()) {
            if (tag.isVideo()) {
                said.add(of(tag));
            }
        }
        assertThat(said).anyMatch(Said::config);
        return said;
    }

    @Test
    void colorsThatTheBitStreamSaysAreEnough() throws Exception {
        Path clip =
                clip("colour_primaries=9:transfer_characteristics=18:matrix_coefficients=9", null);
        try (var publisher = publish(clip)) {
            await().atMost(LONG).until(() -> server.events.contains("playable " + ENTRY));
            assertThat(server.get(ENTRY, "master.m3u8").body()).contains(",VIDEO-RANGE=HLG");
            assertThat(server.get(ENTRY, "manifest.mpd").body())
                    .contains("urn:mpeg:mpegB:cicp:TransferCharacteristics\" value=\"18\"");
            assertThat(videoTags("curl/8")).noneMatch(tag -> tag.colors() != null);
            publisher.interrupt();
        }
    }
}
