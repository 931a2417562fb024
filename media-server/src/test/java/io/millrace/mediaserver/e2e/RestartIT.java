package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Several runs on one data folder: what was there stays, and a crash takes nothing that was
/// recorded.
class RestartIT {
    @TempDir Path folder;

    @Test
    void stateSurvivesAndAKilledRecordingPlays() throws Exception {
        int ports = MillraceProcess.freePortBase();
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 6, 640, 360);
        Path resultFile = folder.resolve("r.json");
        try (var demo =
                MillraceProcess.start(
                        folder,
                        ports,
                        "demo",
                        clip.toString(),
                        "--result",
                        resultFile.toString(),
                        "--exit")) {
            assertThat(demo.process().waitFor(180, TimeUnit.SECONDS)).as(demo.output()).isTrue();
            assertThat(demo.process().exitValue()).as(demo.output()).isZero();
        }
        JsonNode result = JsonMapper.shared().readTree(Files.readString(resultFile));
        int partnerId = result.path("partnerId").asInt();
        String secret = result.path("adminSecret").asString();
        String liveEntryId = result.path("liveEntryId").asString();

        Process publisher;
        try (var second = MillraceProcess.serve(folder, ports)) {
            Api admin = Api.admin(second.base(), partnerId, secret);
            JsonNode entry =
                    admin.call("media.get", Map.of("entryId", result.path("entryId").asString()));
            assertThat(entry.path("status").asInt(-99)).as(entry.toString()).isEqualTo(2);
            Ffmpeg.decode(result.path("hls").asString());

            publisher =
                    Ffmpeg.publish(
                            clip,
                            result.path("rtmpPublish").asString(),
                            folder.resolve("publisher.log"));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    MillraceProcess.body(result.path("liveHls").asString())
                                            .contains("#EXTM3U"));
            // Some seconds of recording, by the stream's own clock.
            Ffmpeg.run(60, "-i", result.path("liveHls").asString(), "-t", "6", "-f", "null", "-");
            second.kill();
        }
        publisher.destroy();
        publisher.waitFor();

        try (var third = MillraceProcess.serve(folder, ports)) {
            Api admin = Api.admin(third.base(), partnerId, secret);
            JsonNode recorded = DemoIT.awaitRecording(admin, liveEntryId);
            JsonNode context =
                    admin.call(
                            "baseEntry.getPlaybackContext",
                            DemoIT.playback(recorded.path("id").asString()));
            String hls = DemoIT.source(context, "applehttp");
            Ffmpeg.decode(hls);
            assertThat(Ffmpeg.facts(hls).videoFrames()).isGreaterThan(100);
            third.stop();
        }
    }
}
