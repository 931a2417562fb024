package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.LiveServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A real ffmpeg publishes, real ffmpegs watch over HTTP-FLV: what they get is what was sent, to
/// the frame.
class FlvPlayIT {
    @TempDir Path folder;

    @Test
    void viewersGetWhatWasPublishedToTheFrameAndTheStreamsEnd() throws Exception {
        String entry = "0_flvplay1";
        Path sent = folder.resolve("sent.flv");
        try (var clip =
                FfmpegProcess.ffmpeg(folder, FfmpegProcess.testSignal(6, sent.toString()))) {
            assertThat(clip.await(60)).isZero();
        }
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            assertThat(server.get(entry + ".flv").statusCode()).isEqualTo(404);
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
                try (var early = play(server, entry, "early.flv")) {
                    await().atMost(Duration.ofSeconds(20))
                            .until(() -> server.events.contains("playable " + entry));
                    try (var late = play(server, entry, "late.flv")) {
                        assertThat(publisher.await(30)).isZero();
                        assertThat(early.await(30)).isZero();
                        assertThat(late.await(30)).isZero();
                    }
                }
            }
        }
        for (String map : List.of("0:v", "0:a")) {
            List<String> published = Frames.sums(folder, sent, map);
            for (String played : List.of("early.flv", "late.flv")) {
                Frames.assertEndOf(Frames.sums(folder, folder.resolve(played), map), published, 25);
            }
        }
    }

    private FfmpegProcess play(LiveServer server, String entry, String to) throws Exception {
        return FfmpegProcess.ffmpeg(
                folder,
                "-y",
                "-loglevel",
                "error",
                "-i",
                server.url(entry + ".flv"),
                "-map",
                "0",
                "-c",
                "copy",
                "-f",
                "flv",
                folder.resolve(to).toString());
    }
}
