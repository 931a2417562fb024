package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.LiveServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

/// A real ffmpeg publishes, real ffmpegs watch over HTTP-FLV: what they get is what was sent, to
/// the frame.
class FlvPlayIT {
    @TempDir Path folder;

    @Test
    void viewersGetWhatWasPublishedToTheFrameAndTheStreamsEnd() throws Exception {
        String entry = "0_flvplay1";
        try (var clip = new PlayedClip(folder, 6);
                var server = new LiveServer(folder.resolve("blobs"))) {
            assertThat(server.get(entry + ".flv").statusCode()).isEqualTo(404);
            try (var publisher = clip.publish(server, entry)) {
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> server.events.contains("started " + entry));
                clip.play(server.url(entry + ".flv"), "early.flv");
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> server.events.contains("playable " + entry));
                clip.play(server.url(entry + ".flv"), "late.flv");
                assertThat(publisher.await(60)).isZero();
                clip.assertPlayedToTheEnd();
            }
        }
    }
}
