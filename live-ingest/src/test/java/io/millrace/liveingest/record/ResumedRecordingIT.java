package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.LiveServer;
import io.millrace.storage.blob.BlobKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

/// A server on its own that is killed and started again: its publisher comes back, and the same
/// recording goes on in the same file.
class ResumedRecordingIT {
    private static final String ENTRY = "cam";

    @TempDir Path folder;

    private LiveServer restarted(Duration window) throws IOException {
        return new LiveServer(
                folder.resolve("blobs"),
                LiveIngestOptions.onPorts(0, null)
                        .withRecording(RecordingOptions.of("x").withResumeAfterStart(window)));
    }

    private double killedWhileRecording(SourceClip clip) throws Exception {
        Path progress = folder.resolve("progress.txt");
        try (RecordingNode node =
                        RecordingNode.start(folder.resolve("blobs"), "node-1", folder, "");
                var publisher = clip.publish(folder, node.publishUrl(ENTRY), progress)) {
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> SourceClip.sentSeconds(progress) > 3);
            node.kill();
            publisher.await(20);
        }
        return SourceClip.sentSeconds(progress);
    }

    private static List<Path> mediaFiles(Path blobs) throws IOException {
        try (var files = Files.walk(blobs)) {
            return files.filter(file -> file.toString().endsWith(".mp4")).toList();
        }
    }

    @Test
    void aPublisherThatComesBackGoesOnInTheSameFile() throws Exception {
        SourceClip clip = SourceClip.make(folder, 9);
        SourceClip second = SourceClip.make(folder, 3);
        double sent = killedWhileRecording(clip);
        try (LiveServer server = restarted(Duration.ofSeconds(60))) {
            assertThat(server.finished).isEmpty();
            try (var publisher =
                    second.publish(
                            folder,
                            server.publishUrl(ENTRY, "secret"),
                            folder.resolve("second.txt"))) {
                assertThat(publisher.await(60)).isZero();
            }
            await().atMost(Duration.ofSeconds(40)).until(() -> !server.finished.isEmpty());
            assertThat(server.started).isEmpty();
            assertThat(server.troubles).containsExactly("resumed");
            RecordingFinished recording = server.finished.getFirst();
            assertThat(recording.blobKeys()).hasSize(1);
            assertThat(recording.recovered()).isFalse();
            Path file = server.blobs.localPath(recording.blobKeys().getFirst()).orElseThrow();
            assertThat(recording.sizeBytes()).isEqualTo(Files.size(file));
            List<String> video = SourceClip.packets(folder, file, "v");
            int before = video.size() - second.video.size();
            assertThat(sent - before / 25.0).isLessThan(2);
            assertThat(Collections.indexOfSubList(clip.video, video.subList(0, before))).isZero();
            assertThat(video.subList(before, video.size())).isEqualTo(second.video);
            assertThat(recording.durationMs())
                    .isBetween(video.size() * 40L - 100, video.size() * 40L + 100);
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> server.blobs.list(BlobKey.of("content/live-open")).isEmpty());
        }
        assertThat(mediaFiles(folder.resolve("blobs"))).hasSize(1);
    }

    @Test
    void whatNobodyComesBackForIsFinished() throws Exception {
        SourceClip clip = SourceClip.make(folder, 9);
        killedWhileRecording(clip);
        try (LiveServer server = restarted(Duration.ofSeconds(10))) {
            assertThat(server.finished).isEmpty();
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.finished.isEmpty());
            assertThat(server.finished.getFirst().recovered()).isTrue();
        }
    }
}
