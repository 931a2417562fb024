package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// GStreamer's players of HLS (of both generations) and DASH, where they are installed, play a
/// stream while it is published.
class GStreamerPlaysIT {
    private static final long SECONDS = 4;
    private static final int PICTURE_BYTES = 320 * 180;
    private static final int SOUND_BYTES_PER_SECOND = 2 * 8000;

    @TempDir Path folder;

    /// @param source `uridecodebin`, which has hlsdemux and dashdemux, or `uridecodebin3`, which
    ///   has hlsdemux2
    private GStreamer play(String source, String url, String name) throws Exception {
        String pipeline =
                source
                        + " name=source uri="
                        + url
                        + " source. ! queue ! videoconvert ! video/x-raw,format=GRAY8"
                        + " ! filesink sync=false location="
                        + folder.resolve(name + ".gray")
                        + " source. ! queue ! audioconvert ! audioresample"
                        + " ! audio/x-raw,format=S16LE,rate=8000,channels=1"
                        + " ! filesink sync=false location="
                        + folder.resolve(name + ".pcm");
        return GStreamer.launch(folder, List.of(pipeline.split(" ")));
    }

    @Test
    void hlsAndDashAreDecodedWhileTheyArePublished() throws Exception {
        assumeTrue(GStreamer.has("uridecodebin", "avdec_h264", "avdec_aac", "souphttpsrc"));
        Map<String, String[]> players = new LinkedHashMap<>();
        if (GStreamer.has("hlsdemux")) {
            players.put("hls", new String[] {"uridecodebin", "master.m3u8"});
            players.put("ts", new String[] {"uridecodebin", "index-ts.m3u8"});
        }
        if (GStreamer.has("dashdemux")) {
            players.put("dash", new String[] {"uridecodebin", "manifest.mpd"});
        }
        if (GStreamer.has("hlsdemux2", "uridecodebin3")) {
            players.put("hls2", new String[] {"uridecodebin3", "master.m3u8"});
            players.put("ts2", new String[] {"uridecodebin3", "index-ts.m3u8"});
        }
        assumeTrue(!players.isEmpty());
        String entry = "0_gstplays";
        Map<String, GStreamer> running = new LinkedHashMap<>();
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(
                                        240, server.publishUrl(entry, "secret")))) {
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> server.events.contains("playable " + entry));
            for (var player : players.entrySet()) {
                running.put(
                        player.getKey(),
                        play(
                                player.getValue()[0],
                                server.playUrl(entry, player.getValue()[1]),
                                player.getKey()));
            }
            await().atMost(Duration.ofSeconds(180))
                    .untilAsserted(
                            () -> {
                                for (var player : running.entrySet()) {
                                    assertHasPlayed(player.getKey(), player.getValue());
                                }
                            });
            assertThat(publisher.isAlive()).isTrue();
        } finally {
            running.values().forEach(GStreamer::close);
        }
    }

    /// Some seconds of both.
    private void assertHasPlayed(String name, GStreamer player) throws Exception {
        long pictures = size(name + ".gray") / PICTURE_BYTES;
        double sound = (double) size(name + ".pcm") / SOUND_BYTES_PER_SECOND;
        String what = name + ": " + pictures + " pictures, " + sound + " s; " + player.output();
        assertThat(pictures).as(what).isGreaterThanOrEqualTo(SECONDS * 25);
        assertThat(sound).as(what).isGreaterThanOrEqualTo(SECONDS - 1);
    }

    private long size(String name) throws IOException {
        Path file = folder.resolve(name);
        return Files.exists(file) ? Files.size(file) : 0;
    }
}
