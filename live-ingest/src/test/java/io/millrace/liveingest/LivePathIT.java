package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.storage.blob.BlobKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A real ffmpeg publishes, a real ffmpeg plays, and what was recorded is decoded.
class LivePathIT {
    @TempDir Path folder;

    private static long number(String playlist, String tag) {
        Matcher matcher = Pattern.compile("#" + tag + ":(\\d+)").matcher(playlist);
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private String probe(Path file, String stream, String entries) throws Exception {
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-count_frames",
                        "-select_streams",
                        stream,
                        "-show_entries",
                        "stream=" + entries,
                        "-of",
                        "csv=p=0",
                        file.toString())) {
            assertThat(probe.await(60)).isZero();
            return probe.output().strip();
        }
    }

    private void decodesWithoutError(Path file) throws Exception {
        try (var decode =
                FfmpegProcess.ffmpeg(
                        folder, "-loglevel", "error", "-i", file.toString(), "-f", "null", "-")) {
            assertThat(decode.await(60)).isZero();
            assertThat(decode.output()).isEmpty();
        }
    }

    private Path file(LiveServer server, RecordingFinished recording, int number)
            throws IOException {
        return server.blobs.localPath(recording.blobKeys().get(number)).orElseThrow();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aPublishedStreamPlaysWhileItRunsAndIsRecordedToTheFrame() throws Exception {
        String entry = "0_livepath";
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            assertThat(server.get(entry, "master.m3u8").statusCode()).isEqualTo(404);
            try (var publisher =
                    FfmpegProcess.ffmpeg(
                            folder,
                            FfmpegProcess.testSignal(9, server.publishUrl(entry, "secret")))) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> server.events.contains("started " + entry));
                // Asked before there is a segment: held, not refused.
                HttpResponse<String> master = server.get(entry, "master.m3u8");
                assertThat(master.statusCode()).isEqualTo(200);
                assertThat(master.body())
                        .contains("mp4a.40.2")
                        .contains("RESOLUTION=320x180")
                        .containsPattern("CODECS=\"avc1\\.[0-9a-f]{6},mp4a\\.40\\.2\"");
                assertThat(server.events).contains("playable " + entry);
                try (var player =
                        FfmpegProcess.ffmpeg(
                                folder,
                                "-loglevel",
                                "error",
                                "-i",
                                server.playUrl(entry, "master.m3u8"),
                                "-map",
                                "0:v",
                                "-map",
                                "0:a",
                                "-f",
                                "framemd5",
                                folder.resolve("played.txt").toString())) {
                    assertThat(player.await(60)).isZero();
                    assertThat(player.output()).isEmpty();
                }
                assertThat(publisher.await(60)).isZero();
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            assertThat(server.events)
                    .containsExactly(
                            "started " + entry,
                            "playable " + entry,
                            "interrupted " + entry,
                            "ended " + entry);
            long frames;
            try (var lines = Files.lines(folder.resolve("played.txt"))) {
                frames = lines.filter(line -> line.startsWith("0,")).count();
            }
            assertThat(frames).isEqualTo(9 * 25);
            RecordingFinished recording = server.finished.getFirst();
            assertThat(recording.entryId()).isEqualTo(entry);
            assertThat(recording.partnerId()).isEqualTo("101");
            assertThat(recording.blobKeys()).hasSize(1);
            assertThat(recording.durationMs()).isBetween(8990L, 9010L);
            Path file = file(server, recording, 0);
            assertThat(recording.sizeBytes()).isEqualTo(Files.size(file));
            assertThat(probe(file, "v", "nb_read_frames")).isEqualTo("225");
            decodesWithoutError(file);
            HttpResponse<String> media = server.get(entry, "v1.m3u8");
            assertThat(media.body()).endsWith("#EXT-X-ENDLIST\n").doesNotContain("DISCONTINUITY");
            assertThat(number(media.body(), "EXT-X-MEDIA-SEQUENCE")).isPositive();
            await().untilAsserted(
                            () ->
                                    assertThat(Files.readString(file.resolveSibling("journal.txt")))
                                            .endsWith("handed-over\n"));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aWrongKeyIsRefusedWithATextThatFfmpegShows() throws Exception {
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(
                                        5, server.publishUrl("0_wrongkey", "guess")))) {
            assertThat(publisher.await(60)).isNotZero();
            assertThat(publisher.output()).contains("The stream key is wrong.");
            assertThat(server.events).isEmpty();
            assertThat(server.get("0_wrongkey", "master.m3u8").statusCode()).isEqualTo(404);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSecondPublisherTakesOverAndTheStreamGoesOn() throws Exception {
        String entry = "0_takeover";
        try (var server = new LiveServer(folder.resolve("blobs"));
                var first =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(60, server.publishUrl(entry, "secret")))) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.events.contains("playable " + entry));
            long before = number(server.get(entry, "v1.m3u8").body(), "EXT-X-MEDIA-SEQUENCE");
            try (var second =
                    FfmpegProcess.ffmpeg(
                            folder,
                            FfmpegProcess.testSignal(5, server.publishUrl(entry, "secret")))) {
                assertThat(first.await(60)).isNotZero();
                assertThat(first.output()).contains("Another connection with the same key");
                assertThat(second.await(60)).isZero();
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            String playlist = server.get(entry, "v1.m3u8").body();
            assertThat(number(playlist, "EXT-X-MEDIA-SEQUENCE")).isGreaterThanOrEqualTo(before);
            assertThat(playlist.split("#EXT-X-DISCONTINUITY\n")).hasSize(2);
            assertThat(server.started).hasSize(1); // one recording over both
            decodesWithoutError(file(server, server.finished.getFirst(), 0));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSecondPublisherIsRefusedWhereConfigured() throws Exception {
        String entry = "0_refusing";
        try (var server = new LiveServer(folder.resolve("blobs"), PublishConflictPolicy.REFUSE);
                var first =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(60, server.publishUrl(entry, "secret")))) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.events.contains("playable " + entry));
            try (var second =
                    FfmpegProcess.ffmpeg(
                            folder,
                            FfmpegProcess.testSignal(5, server.publishUrl(entry, "secret")))) {
                assertThat(second.await(60)).isNotZero();
                assertThat(second.output()).contains("Somebody else is publishing this stream.");
            }
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aLostPublisherComesBackToTheSameStreamAndRecording() throws Exception {
        String entry = "0_comeback";
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            try (var first =
                    FfmpegProcess.ffmpeg(
                            folder,
                            FfmpegProcess.testSignal(60, server.publishUrl(entry, "secret")))) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> server.events.contains("playable " + entry));
                first.kill();
            }
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.events.contains("interrupted " + entry));
            String before = server.get(entry, "v1.m3u8").body();
            assertThat(before).doesNotContain("ENDLIST");
            try (var second =
                    FfmpegProcess.ffmpeg(
                            folder,
                            FfmpegProcess.testSignal(4, server.publishUrl(entry, "secret")))) {
                assertThat(second.await(60)).isZero();
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            assertThat(server.events).contains("resumed " + entry);
            String after = server.get(entry, "v1.m3u8").body();
            assertThat(number(after, "EXT-X-MEDIA-SEQUENCE"))
                    .isEqualTo(number(before, "EXT-X-MEDIA-SEQUENCE"));
            assertThat(after).contains("#EXT-X-DISCONTINUITY\n#EXT-X-MAP").startsWith("#EXTM3U");
            assertThat(server.started).hasSize(1);
            decodesWithoutError(file(server, server.finished.getFirst(), 0));
        }
    }

    /// A server that dies is imitated by a copy of what it has on disk, with a torn tail; another
    /// server then starts on the copy.
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aRecordingCutOffAnywhereIsFinishedByTheNextStart() throws Exception {
        String entry = "0_recovery";
        Path copy = folder.resolve("copy");
        long copiedBytes;
        try (var server = new LiveServer(folder.resolve("blobs"));
                var publisher =
                        FfmpegProcess.ffmpeg(
                                folder,
                                FfmpegProcess.testSignal(60, server.publishUrl(entry, "secret")))) {
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.started.isEmpty());
            Path growing =
                    server.blobs.localPath(server.started.getFirst().firstBlobKey()).orElseThrow();
            await().atMost(Duration.ofSeconds(60)).until(() -> Files.size(growing) > 60_000);
            copyTree(folder.resolve("blobs"), copy);
            assertThat(publisher.isAlive()).isTrue();
        }
        Path torn;
        try (var files = Files.walk(copy)) {
            torn = files.filter(f -> f.endsWith("recording.mp4")).findFirst().orElseThrow();
        }
        copiedBytes = Files.size(torn);
        try (var channel = FileChannel.open(torn, StandardOpenOption.WRITE)) {
            channel.truncate(copiedBytes - 777);
        }
        try (var server = new LiveServer(copy)) {
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            RecordingFinished recovered = server.finished.getFirst();
            assertThat(recovered.recovered()).isTrue();
            assertThat(recovered.entryId()).isEqualTo(entry);
            assertThat(recovered.durationMs()).isPositive();
            assertThat(recovered.sizeBytes()).isEqualTo(Files.size(torn)).isLessThan(copiedBytes);
            decodesWithoutError(torn);
            long frames = Long.parseLong(probe(torn, "v", "nb_read_frames"));
            assertThat(recovered.durationMs()).isBetween(frames * 40 - 50, frames * 40 + 50);
        }
        try (var again = new LiveServer(copy)) {
            assertThat(again.blobs.list(BlobKey.of("content/live-open"))).isEmpty();
            assertThat(again.finished).isEmpty();
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        List<Path> files;
        try (var walk = Files.walk(from)) {
            files = walk.toList();
        }
        for (Path file : files) {
            Path target = to.resolve(from.relativize(file));
            if (Files.isDirectory(file)) {
                Files.createDirectories(target);
            } else {
                Files.copy(file, target);
            }
        }
    }
}
