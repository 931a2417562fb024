package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.GStreamer;
import io.millrace.liveingest.LiveServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A real ffmpeg publishes; ffmpeg, and rtmpdump and GStreamer where they are installed, watch over
/// RTMP.
class RtmpPlayIT {
    @TempDir Path folder;

    @Test
    void playersGetWhatWasPublishedToTheFrameAndTheStreamsEnd() throws Exception {
        String entry = "0_rtmpplay";
        try (var clip = new PlayedClip(folder, 6);
                var server = new LiveServer(folder.resolve("blobs"))) {
            clip.assertNotLive(server.rtmpUrl(entry));
            try (var publisher = clip.publish(server, entry)) {
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> server.events.contains("started " + entry));
                String url = server.rtmpUrl(entry);
                clip.play(url, "first.flv");
                clip.play(server.rtmpUrl(entry + "_1"), "second.flv");
                clip.program("rtmpdump.flv", "rtmpdump", "-q", "-v", "-r", url, "-o");
                for (String source : List.of("rtmpsrc", "rtmp2src")) {
                    if (GStreamer.has(source)) {
                        clip.program(
                                source + ".flv",
                                "gst-launch-1.0",
                                "-q",
                                source,
                                "location=" + url,
                                "!",
                                "filesink");
                    }
                }
                assertThat(publisher.await(60)).isZero();
                clip.assertPlayedToTheEnd();
            }
        }
    }
}
