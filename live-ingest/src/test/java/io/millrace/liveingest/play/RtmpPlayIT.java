package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.GStreamer;
import io.millrace.liveingest.LiveServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A real ffmpeg publishes; ffmpeg, and rtmpdump and GStreamer where they are installed, watch over
/// RTMP.
class RtmpPlayIT {
    @TempDir Path folder;

    @Test
    void playersGetWhatWasPublishedToTheFrameAndTheStreamsEnd() throws Exception {
        String entry = "0_rtmpplay";
        Path sent = folder.resolve("sent.flv");
        try (var clip =
                FfmpegProcess.ffmpeg(folder, FfmpegProcess.testSignal(6, sent.toString()))) {
            assertThat(clip.await(60)).isZero();
        }
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            try (var early = play(server, entry, "none.flv")) {
                assertThat(early.await(30)).isNotZero();
                assertThat(early.output()).contains("There is no such live stream");
            }
            try (var publisher =
                    FfmpegProcess.ffmpeg(
                            folder,
                            "-re",
                            "-i",
                            sent.toString(),
                            "-c",
                            "copy",
                            "-f",
                            "flv",
                            server.publishUrl(entry, "secret"))) {
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> server.events.contains("started " + entry));
                Map<String, FfmpegProcess> players = new LinkedHashMap<>();
                players.put("first.flv", play(server, entry, "first.flv"));
                players.put("second.flv", play(server, entry + "_1", "second.flv"));
                String url = url(server, entry);
                program(players, "rtmpdump.flv", "rtmpdump", "-q", "-v", "-r", url, "-o");
                for (String source : List.of("rtmpsrc", "rtmp2src")) {
                    if (GStreamer.has(source)) {
                        program(
                                players,
                                source + ".flv",
                                "gst-launch-1.0",
                                "-q",
                                source,
                                "location=" + url,
                                "!",
                                "filesink");
                    }
                }
                assertThat(publisher.await(30)).isZero();
                for (var player : players.entrySet()) {
                    int exit = player.getValue().await(30);
                    assertThat(exit).as(player.getKey() + player.getValue().output()).isZero();
                    String file = player.getKey();
                    assertThat(Files.size(folder.resolve(file))).as(file).isPositive();
                }
                for (String map : List.of("0:v", "0:a")) {
                    List<String> published = Frames.sums(folder, sent, map);
                    for (String file : players.keySet()) {
                        Frames.assertEndOf(
                                Frames.sums(folder, folder.resolve(file), map), published, 25);
                    }
                }
            }
        }
    }

    private void program(Map<String, FfmpegProcess> players, String to, String... command) {
        String[] all = Arrays.copyOf(command, command.length + 1);
        String file = folder.resolve(to).toString();
        all[command.length] = command[0].startsWith("gst") ? "location=" + file : file;
        try {
            players.put(to, FfmpegProcess.program(folder, all));
        } catch (IOException _) {
            // not installed here
        }
    }

    private static String url(LiveServer server, String name) {
        return "rtmp://127.0.0.1:" + server.live.rtmpPort() + "/live/" + name;
    }

    private FfmpegProcess play(LiveServer server, String name, String to) throws Exception {
        return FfmpegProcess.ffmpeg(
                folder,
                "-y",
                "-loglevel",
                "error",
                "-rtmp_live",
                "live",
                "-i",
                url(server, name),
                "-map",
                "0",
                "-c",
                "copy",
                "-f",
                "flv",
                folder.resolve(to).toString());
    }
}
