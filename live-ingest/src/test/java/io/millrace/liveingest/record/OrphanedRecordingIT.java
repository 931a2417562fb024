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

/// Two live nodes on one storage. With `-Dmillrace.test.orphan-after=25000` the first test shows
/// how long it takes with the times of a real server.
class OrphanedRecordingIT {
    private static final Duration ORPHAN_AFTER =
            Duration.ofMillis(Long.getLong("millrace.test.orphan-after", 1500));

    @TempDir Path folder;

    private LiveServer node(String name) throws IOException {
        return new LiveServer(
                folder.resolve("blobs"),
                LiveIngestOptions.onPorts(0, null)
                        .withNodeName(name)
                        .withRecording(RecordingNode.options(ORPHAN_AFTER)));
    }

    @Test
    void aNodeFinishesWhatADeadOneLeft() throws Exception {
        SourceClip clip = SourceClip.make(folder, 7);
        Path progress = folder.resolve("progress.txt");
        try (LiveServer survivor = node("node-2")) {
            try (RecordingNode node =
                            RecordingNode.start(
                                    folder.resolve("blobs"), "node-1", folder, "", ORPHAN_AFTER);
                    var publisher = clip.publish(folder, node.publishUrl("0_orphan"), progress)) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> SourceClip.sentSeconds(progress) > 2.5);
                assertThat(survivor.finished).isEmpty();
                node.kill();
                publisher.await(20);
            }
            long killed = System.nanoTime();
            await().atMost(ORPHAN_AFTER.plusSeconds(20)).until(() -> !survivor.finished.isEmpty());
            Duration took = Duration.ofNanos(System.nanoTime() - killed);
            assertThat(took).isLessThan(ORPHAN_AFTER.multipliedBy(3).dividedBy(2).plusSeconds(15));
            RecordingFinished recording = survivor.finished.getFirst();
            assertThat(recording.entryId()).isEqualTo("0_orphan");
            assertThat(recording.partnerId()).isEqualTo("101");
            assertThat(recording.recovered()).isTrue();
            Path file = survivor.blobs.localPath(recording.blobKeys().getFirst()).orElseThrow();
            List<String> video = SourceClip.packets(folder, file, "v");
            assertThat(Collections.indexOfSubList(clip.video, video)).isZero();
            assertThat(SourceClip.sentSeconds(progress) - SourceClip.videoSeconds(video))
                    .isLessThan(2);
            await().until(() -> survivor.blobs.list(BlobKey.of("content/live-open")).isEmpty());
            // The dead node's next start finds nothing to do.
            try (LiveServer back = node("node-1")) {
                assertThat(back.finished).isEmpty();
                assertThat(Files.size(file)).isEqualTo(recording.sizeBytes());
            }
            assertThat(survivor.finished).hasSize(1);
        }
    }

    @Test
    void aLivingNodesRecordingIsLeftAloneHoweverQuietItIs() throws Exception {
        SourceClip clip = SourceClip.make(folder, 2);
        try (LiveServer owner = node("node-1");
                LiveServer other = node("node-2")) {
            try (var publisher =
                    clip.publish(
                            folder,
                            owner.publishUrl("0_quiet", "secret"),
                            folder.resolve("progress.txt"))) {
                await().atMost(Duration.ofSeconds(60)).until(() -> !owner.started.isEmpty());
                publisher.kill(); // no word of an end: the stream waits for it
            }
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> owner.events.contains("interrupted 0_quiet"));
            await().pollDelay(ORPHAN_AFTER.multipliedBy(3)).until(() -> true);
            assertThat(other.finished).isEmpty();
            assertThat(other.blobs.list(BlobKey.of("content/live-open"))).hasSize(1);
            owner.live.endStream("0_quiet");
            await().atMost(Duration.ofSeconds(60)).until(() -> owner.finished.size() == 1);
            assertThat(owner.finished.getFirst().recovered()).isFalse();
        }
    }
}
