package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.liveingest.info.StreamReport;
import io.millrace.liveingest.stream.SourceReport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;

/// Several encoders, or several tracks of one, make one stream; and what is known of it.
class RenditionsIT {
    @TempDir Path folder;

    private static String url(LiveServer server, String entry, String rendition, int index) {
        return server.publishUrl(entry, "secret")
                .replace("/" + entry + "_1?", "/" + entry + "_" + rendition + "?")
                .replace("&i=0&", "&i=" + index + "&");
    }

    private static String master(LiveServer server, String entry) throws Exception {
        return server.get(entry, "master.m3u8").body();
    }

    private static void awaitVariants(LiveServer server, String entry, String... playlists) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(master(server, entry).lines()).contains(playlists));
    }

    /// Of the tone that a track's playlist plays, by how often it crosses zero.
    private double frequency(LiveServer server, String entry, String playlist) throws Exception {
        Path samples = folder.resolve(playlist + ".pcm");
        Ffmpeg.Output output =
                Ffmpeg.run(
                        List.of(
                                "-i",
                                server.playUrl(entry, playlist),
                                "-t",
                                "1",
                                "-ac",
                                "1",
                                "-ar",
                                "48000",
                                "-f",
                                "s16le",
                                samples.toString()));
        assertThat(output.exitCode()).as(output.text()).isZero();
        ShortBuffer pcm =
                ByteBuffer.wrap(Files.readAllBytes(samples))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asShortBuffer();
        int crossings = 0;
        for (int i = 1; i < pcm.limit(); i++) {
            crossings += pcm.get(i - 1) < 0 && pcm.get(i) >= 0 ? 1 : 0;
        }
        return crossings * 48_000.0 / pcm.limit();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void twoEncodersOfOneEntryAreTwoVariantsOfOneStream() throws Exception {
        String entry = "0_variants";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var first =
                        FfmpegProcess.ffmpeg(
                                folder, FfmpegProcess.testSignal(60, url(server, entry, "1", 0)));
                var second =
                        FfmpegProcess.ffmpeg(
                                folder, FfmpegProcess.testSignal(60, url(server, entry, "2", 0)))) {
            awaitVariants(server, entry, "v1.m3u8", "v2.m3u8");
            assertThat(master(server, entry).split("TYPE=AUDIO")).hasSize(2);
            assertThat(first.isAlive()).isTrue();
            assertThat(second.isAlive()).isTrue();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () -> {
                                StreamReport report = server.live.reports().of(entry).orElseThrow();
                                assertThat(report.renditions())
                                        .extracting(SourceReport::rendition)
                                        .containsExactly("1", "2");
                                SourceReport.Video video = report.renditions().getFirst().video();
                                assertThat(video).isNotNull();
                                assertThat(video.width()).isEqualTo(320);
                                assertThat(video.codec()).startsWith("avc1.");
                                assertThat(video.framesPerSecond()).isBetween(20.0, 30.0);
                                assertThat(video.keyFrameIntervalMs()).isPositive();
                                assertThat(video.bitsPerSecond()).isPositive();
                                assertThat(report.viewers()).containsKey("hls");
                            });
            byte[] picture = server.bytes(entry + "/thumb.jpg");
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture));
            assertThat(image.getWidth()).isEqualTo(320);
            assertThat(image.getHeight()).isEqualTo(180);
            assertThat(server.started).hasSize(1); // one rendition is the recording
            second.kill();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.live.reports().of(entry).orElseThrow().live());
            assertThat(server.events).doesNotContain("interrupted " + entry);
        }
    }

    /// ffmpeg sends the second video and the second sound as tracks 1 of Enhanced RTMP.
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theTracksOfAMultitrackPublisherAreVariantsAndSounds() throws Exception {
        String entry = "0_tracks";
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"));
        arguments.addAll(
                List.of("-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"));
        arguments.addAll(
                List.of("-re", "-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000"));
        arguments.addAll(List.of("-map", "0:v", "-map", "0:v", "-map", "1:a", "-map", "2:a"));
        arguments.addAll(List.of("-t", "60"));
        arguments.addAll(List.of("-c:v", "libx264", "-preset", "ultrafast", "-g", "25"));
        arguments.addAll(List.of("-s:v:1", "160x90", "-pix_fmt", "yuv420p", "-c:a", "aac"));
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            arguments.addAll(List.of("-f", "flv", url(server, entry, "1", 0)));
            try (var publisher = FfmpegProcess.ffmpeg(folder, arguments.toArray(String[]::new))) {
                awaitVariants(server, entry, "v1.m3u8", "v1t1.m3u8");
                await().untilAsserted(
                                () ->
                                        assertThat(master(server, entry))
                                                .contains("URI=\"a1t1.m3u8\""));
                assertThat(master(server, entry))
                        .contains("RESOLUTION=320x180")
                        .contains("RESOLUTION=160x90")
                        .contains("NAME=\"Audio\",DEFAULT=YES", "NAME=\"Audio 2\",DEFAULT=NO")
                        .doesNotContain("\na1t1.m3u8"); // no variant of its own
                assertThat(server.get(entry, "manifest.mpd").body())
                        .containsPattern(
                                "value=\"main\"/>\\s*<Representation id=\"a1\""
                                        + "(?s:.*)value=\"alternate\"/>\\s*"
                                        + "<Representation id=\"a1t1\"");
                // What it is, and not the first one's.
                assertThat(frequency(server, entry, "a1.m3u8")).isBetween(430.0, 450.0);
                assertThat(frequency(server, entry, "a1t1.m3u8")).isBetween(870.0, 890.0);
                assertThat(publisher.isAlive()).isTrue();
            }
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void theBackupGoesOnAirWhenThePrimaryIsLost() throws Exception {
        String entry = "0_backup";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var primary =
                        FfmpegProcess.ffmpeg(
                                folder, FfmpegProcess.testSignal(60, url(server, entry, "1", 0)));
                var backup =
                        FfmpegProcess.ffmpeg(
                                folder, FfmpegProcess.testSignal(60, url(server, entry, "1", 1)))) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.events.contains("playable " + entry));
            await().atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    server.live
                                            .reports()
                                            .of(entry)
                                            .orElseThrow()
                                            .renditions()
                                            .getFirst()
                                            .standby());
            SourceReport before =
                    server.live.reports().of(entry).orElseThrow().renditions().getFirst();
            int index = requireNonNull(before.publisher()).index();
            FfmpegProcess active = index == 0 ? primary : backup;
            active.kill();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () ->
                                    assertThat(server.get(entry, "v1.m3u8").body())
                                            .contains("#EXT-X-DISCONTINUITY\n"));
            assertThat(server.events).doesNotContain("interrupted " + entry);
            SourceReport after =
                    server.live.reports().of(entry).orElseThrow().renditions().getFirst();
            assertThat(requireNonNull(after.publisher()).index()).isEqualTo(1 - index);
            assertThat(server.started).hasSize(1);
        }
    }
}
