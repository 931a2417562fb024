package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.record.RecordingOptions.Orphans;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// Recordings of bytes as they came, on two nodes of one storage.
class FileRecordingTest {
    private static final Duration ORPHAN_AFTER = Duration.ofMillis(900);

    @TempDir Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private LocalBlobStore blobs;

    @BeforeEach
    void open() throws IOException {
        blobs = new LocalBlobStore(folder, meters);
    }

    @AfterEach
    void close() {
        blobs.close();
    }

    private Recordings node(String name, List<RecordingFinished> finished) throws IOException {
        var recordings =
                new Recordings(
                        blobs,
                        new RecordingSink() {
                            @Override
                            public void recordingStarted(RecordingStarted recording) {}

                            @Override
                            public void recordingFinished(RecordingFinished recording) {
                                finished.add(recording);
                            }
                        },
                        RecordingOptions.of(name)
                                .withOrphans(new Orphans(ORPHAN_AFTER.dividedBy(6), ORPHAN_AFTER)),
                        new LiveMetrics(meters));
        recordings.recover();
        return recordings;
    }

    private void append(BlobKey key, String text) throws IOException {
        try (AppendBlob blob = blobs.append(key)) {
            blob.append(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void whatADeadNodeLeftAnyNodeHandsOver() throws Exception {
        var file = BlobKey.of("content/live/0_cam/20260101-000000-0/recording.webm");
        var started =
                new RecordingStarted(
                        "0_cam", "101", "20260101-000000-0", file, Instant.EPOCH, false);
        BlobKey marker = FileRecordingMarker.key("dead", "20260101-000000-0");
        append(marker, FileRecordingMarker.line(started) + "alive\nal");
        append(file, "as it came");
        BlobKey torn = FileRecordingMarker.key("dead", "20260101-000000-1");
        append(torn, "17672256");
        var finished = new CopyOnWriteArrayList<RecordingFinished>();
        Recordings other = node("node-2", finished);
        try {
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> blobs.list(FileRecordingMarker.OPEN).isEmpty());
        } finally {
            other.close(1000);
        }
        assertThat(finished).containsExactly(FileRecordingMarker.finished(started, 0, 10, true));
    }

    @Test
    void aLivingNodesFileIsLeftAloneHoweverQuietItIs() throws Exception {
        var finished = new CopyOnWriteArrayList<RecordingFinished>();
        var taken = new CopyOnWriteArrayList<RecordingFinished>();
        Recordings owner = node("node-1", finished);
        Recordings other = node("node-2", taken);
        try {
            var written = new AtomicLong();
            FileRecording file = owner.recordFile("0_cam", "", "webm", written::set, failures::add);
            file.write(Unpooled.copiedBuffer("first", StandardCharsets.UTF_8));
            await().atMost(Duration.ofSeconds(40)).until(() -> written.get() == 5);
            await().pollDelay(ORPHAN_AFTER.multipliedBy(3)).until(() -> true);
            file.write(Unpooled.copiedBuffer(", last", StandardCharsets.UTF_8));
            file.close(1234);
            await().atMost(Duration.ofSeconds(40)).until(() -> !finished.isEmpty());
        } finally {
            owner.close(1000);
            other.close(1000);
        }
        assertThat(failures).isEmpty();
        assertThat(taken).isEmpty();
        assertThat(finished)
                .singleElement()
                .extracting(RecordingFinished::sizeBytes)
                .isEqualTo(11L);
        assertThat(finished.getFirst().recovered()).isFalse();
    }
}
