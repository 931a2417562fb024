package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.storage.sign.StreamKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A live server on its own: publish, watch, and find the recording in the folder.
class StandaloneLiveIT {
    private static final String SECRET = "cluster.secret=0123456789abcdef0123456789abcdef";

    @TempDir Path folder;

    @Test
    void aStreamIsPublishedWatchedAndRecordedWithoutAPlatform() throws Exception {
        Path media = folder.resolve("media");
        try (var millrace =
                        MillraceProcess.liveAlone(folder, "live.publish.keys=cam:s3cret", SECRET);
                var edge =
                        MillraceProcess.liveAlone(
                                folder.resolve("edge"),
                                "node.name=edge-1",
                                "live.origins=" + millrace.base(),
                                SECRET)) {
            await().until(() -> millrace.output().contains("Ctrl-C stops it"));
            assertThat(millrace.output()).contains("/live/NAME?key=KEY");
            String rtmp = millrace.rtmp("cam");
            Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 8, 320, 180);
            Process refused =
                    Ffmpeg.publish(clip, rtmp + "?key=wrong", folder.resolve("refused.log"));
            assertThat(refused.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(folder.resolve("refused.log"))
                    .content()
                    .contains("The stream key is wrong for cam.");
            String expired = StreamKey.temporary("s3cret", "cam", Instant.ofEpochSecond(1), null);
            Process late =
                    Ffmpeg.publish(clip, rtmp + "?key=" + expired, folder.resolve("late.log"));
            assertThat(late.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(folder.resolve("late.log"))
                    .content()
                    .contains("The stream key has expired.");
            String forHere = StreamKey.temporary("s3cret", "cam", null, "127.0.0.1");
            Process publisher =
                    Ffmpeg.publish(clip, rtmp + "?key=" + forHere, folder.resolve("publish.log"));
            try {
                await().atMost(Duration.ofSeconds(60))
                        .until(
                                () ->
                                        MillraceProcess.status(
                                                        millrace.base() + "/live/cam/master.m3u8")
                                                == 200);
                // What a player takes: the pictures and their sound, not every variant at once.
                Ffmpeg.run(
                        120,
                        "-xerror",
                        "-i",
                        millrace.base() + "/live/cam/master.m3u8",
                        "-map",
                        "0:v:0",
                        "-map",
                        "0:a:0",
                        "-t",
                        "4",
                        "-f",
                        "null",
                        "-");
                whoWatchesElsewhereIsKnown(millrace, edge);
                // It would begin again and again; ended like this it unpublishes.
                publisher.destroy();
                assertThat(publisher.waitFor(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                publisher.destroyForcibly();
            }
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> millrace.output().contains("live cam: recorded "));
            List<Path> recordings;
            try (Stream<Path> files = Files.walk(media)) {
                recordings = files.filter(file -> file.toString().endsWith(".mp4")).toList();
            }
            assertThat(recordings).hasSize(1);
            String path = media.relativize(recordings.getFirst()).toString();
            Ffmpeg.decode(millrace.base() + "/hls/" + path + "/master.m3u8");
            assertThat(millrace.output()).doesNotContain("s3cret", expired, forHere);
            edge.stop();
            millrace.stop();
        }
    }

    /// The stream's own node tells of its viewers and of those on the edge, as JSON.
    private static void whoWatchesElsewhereIsKnown(MillraceProcess origin, MillraceProcess edge) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> {
                            for (var node : List.of(origin, edge)) {
                                assertThat(
                                                MillraceProcess.status(
                                                        node.base() + "/live/cam/manifest.mpd"))
                                        .isEqualTo(200);
                            }
                            String body = MillraceProcess.body(origin.operations("/live/cam"));
                            JsonNode report = JsonMapper.shared().readTree(body);
                            assertThat(report.path("viewers").path("dash").asInt())
                                    .as(body)
                                    .isEqualTo(2);
                            assertThat(
                                            report.path("viewersByNode")
                                                    .path("edge-1")
                                                    .path("dash")
                                                    .asInt())
                                    .isEqualTo(1);
                            assertThat(report.path("viewersByNode").size()).isEqualTo(2);
                        });
    }
}
