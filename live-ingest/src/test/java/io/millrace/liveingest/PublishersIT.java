package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Real publishers of several makes and codecs, as far as a playlist that names what they send.
class PublishersIT {
    @TempDir Path folder;

    private static void becomesPlayable(LiveServer server, String entry) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> server.events.contains("playable " + entry));
    }

    private static String signal(int seconds) {
        return "-re -f lavfi -i testsrc=size=320x180:rate=25 -re -f lavfi -i"
                + " sine=sample_rate=48000 -t "
                + seconds
                + " -pix_fmt yuv420p -threads 1";
    }

    private FfmpegProcess publish(String arguments, String url) throws IOException {
        String[] all = (arguments + " -f flv " + url).split(" ");
        return FfmpegProcess.ffmpeg(folder, all);
    }

    /// Enhanced RTMP's further tracks are renditions.
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void everyTrackOfFfmpegsMultitrackStreamIsARendition() throws Exception {
        String entry = "0_multitra";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        publish(
                                signal(6)
                                        + " -map 0:v -map 0:v -map 1:a -filter:v:1 scale=160x90"
                                        + " -c:v libx264 -preset ultrafast -g 25 -c:a aac",
                                server.publishUrl(entry, "secret"))) {
            becomesPlayable(server, entry);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(
                            () ->
                                    assertThat(server.get(entry, "master.m3u8").body())
                                            .contains("RESOLUTION=320x180")
                                            .contains("RESOLUTION=160x90"));
            assertThat(server.get(entry, "v1t1.m3u8").statusCode()).isEqualTo(200);
            assertThat(publisher.await(60)).as(publisher.output()).isZero();
            await().until(() -> server.events.contains("ended " + entry));
            assertThat(server.events).filteredOn(e -> e.startsWith("started")).hasSize(1);
        }
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({
        "libx265 -preset ultrafast -g 25, aac, hvc1",
        "libsvtav1 -preset 13 -g 25, libopus, av01",
    })
    void codecsByFourCcBecomePlayable(String video, String audio, String codec) throws Exception {
        String entry = "0_enhanced";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        publish(
                                signal(5) + " -c:v " + video + " -c:a " + audio,
                                server.publishUrl(entry, "secret"))) {
            becomesPlayable(server, entry);
            assertThat(server.get(entry, "master.m3u8").body()).contains(codec);
            publisher.kill();
        }
    }

    /// GStreamer has two RTMP implementations: its own, and librtmp's.
    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @ValueSource(strings = {"rtmp2sink", "rtmpsink"})
    void gstreamerPublishes(String sink) throws Exception {
        assumeTrue(GStreamer.has(sink, "x264enc", "voaacenc", "flvmux"));
        String entry = "0_gstreame";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        GStreamer.launch(
                                folder,
                                GStreamer.testSignal(
                                        4, sink, server.publishUrl(entry, "secret")))) {
            becomesPlayable(server, entry);
            assertThat(server.get(entry, "master.m3u8").body())
                    .contains("RESOLUTION=320x180")
                    .contains("mp4a.40.2");
            assertThat(publisher.await(60)).as(publisher.output()).isZero();
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            assertThat(server.events)
                    .isEqualTo(
                            List.of(
                                    "started " + entry,
                                    "playable " + entry,
                                    "interrupted " + entry,
                                    "ended " + entry));
        }
    }
}
