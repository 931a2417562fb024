package io.millrace.liveingest.past;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.past.PastKeys.Run;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// What nodes left behind that were killed.
class PastSweepTest {
    private static final PastOptions OPTIONS =
            PastOptions.of("node-1", Duration.ofHours(2), Duration.ofMinutes(1));

    @TempDir Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Run own = PastKeys.newRun("node-1", Instant.now());

    private LocalBlobStore blobs() throws IOException {
        return new LocalBlobStore(folder, meters);
    }

    private PastSweep sweep() throws IOException {
        return new PastSweep(blobs(), own, OPTIONS, new PastMetrics(meters));
    }

    private void append(BlobKey key) throws IOException {
        try (AppendBlob blob = blobs().append(key)) {
            blob.append(ByteBuffer.wrap(new byte[1]));
        }
    }

    private Run run(String node, int files) throws IOException {
        Run run = PastKeys.newRun(node, Instant.now());
        append(run.alive());
        for (int i = 1; i <= files; i++) {
            append(run.file(i, "0_abcd1234", "v1"));
        }
        return run;
    }

    private boolean is(BlobKey key) {
        return Files.exists(folder.resolve(key.value()));
    }

    @Test
    void aNodeRemovesAfterItsStartWhatItsEarlierRunsLeft() throws Exception {
        Run before = run("node-1", 3);
        Run sameName = run("node-1", 1);
        Run other = run("node-10", 1);
        append(own.alive());
        append(own.file(1, "0_abcd1234", "v1"));
        BlobKey foreign = PastKeys.of("node-1").child("notes.txt");
        append(foreign);
        PastSweep sweep = sweep();
        long second = Duration.ofSeconds(1).toNanos();
        for (int at = 0; at <= 60; at += 20) {
            assertThat(is(before.alive())).isTrue();
            sweep.lookAtOwn(at * second);
            append(sameName.alive());
        }
        assertThat(blobs().list(PastKeys.ALL))
                .containsExactlyInAnyOrder(
                        own.alive(),
                        sameName.alive(),
                        sameName.file(1, "0_abcd1234", "v1"),
                        own.file(1, "0_abcd1234", "v1"),
                        foreign,
                        other.alive(),
                        other.file(1, "0_abcd1234", "v1"));
        assertThat(is(before.alive())).isFalse();
    }

    @Test
    void otherNodesRemoveItWhenItsNodeGaveNoSignForLong() throws Exception {
        Run dead = run("node-2", 2);
        Run beats = run("node-3", 1);
        Run rotates = run("node-4", 1);
        var sweep = sweep();
        long minute = Duration.ofMinutes(1).toNanos();
        long at = 0;
        for (; at < 129 * minute; at += 10 * minute) {
            sweep.look(at);
            append(beats.alive());
        }
        append(rotates.file(2, "0_abcd1234", "v1"));
        assertThat(is(dead.alive())).isTrue();
        sweep.look(131 * minute);
        assertThat(is(dead.alive())).isFalse();
        assertThat(blobs().list(PastKeys.of("node-2"))).isEmpty();
        assertThat(blobs().list(PastKeys.of("node-3"))).hasSize(2);
        assertThat(blobs().list(PastKeys.of("node-4"))).hasSize(3);
        assertThat(meters.get("millrace.live.past.swept").counter().count()).isEqualTo(2);
    }

    @Test
    void storageThatWasAwaySaysNothingAboutNodes() throws Exception {
        Run living = run("node-2", 1);
        var sweep = sweep();
        long minute = Duration.ofMinutes(1).toNanos();
        sweep.look(0);
        Path past = folder.resolve(PastKeys.ALL.value());
        Path away = folder.resolve("away");
        Files.move(past, away);
        Files.createFile(past);
        sweep.look(100 * minute);
        Files.delete(past);
        Files.move(away, past);
        sweep.look(200 * minute);
        sweep.look(300 * minute);
        assertThat(is(living.alive())).isTrue();
        sweep.look(331 * minute);
        assertThat(is(living.alive())).isFalse();
    }

    @Test
    void aStartedNodeSweepsByItself() throws Exception {
        Run before = run("node-1", 2);
        var past =
                new PastFiles(
                        blobs(),
                        new PastOptions(
                                "node-1",
                                OPTIONS.fileLength(),
                                OPTIONS.fileBytes(),
                                OPTIONS.maxQueued(),
                                OPTIONS.retryAfter(),
                                OPTIONS.linger(),
                                Duration.ofMillis(50),
                                OPTIONS.deadAfter()),
                        meters);
        past.start();
        await().atMost(Duration.ofSeconds(40)).until(() -> !is(before.alive()));
        past.close(5000);
        assertThat(blobs().list(PastKeys.ALL)).isEmpty();
    }

    @Test
    void keysTellWhoseTheyAre() {
        BlobKey key = own.file(7, "stream.with-strange_name", "v720p");
        assertThat(PastKeys.run(key)).isEqualTo(own);
        assertThat(PastKeys.run(own.alive())).isEqualTo(own);
        assertThat(own.file(1, "x".repeat(200), "v1").name().length()).isLessThan(200);
        assertThat(PastKeys.run(PastKeys.of("node-1").child("x.m4s"))).isNull();
        assertThat(PastKeys.run(BlobKey.of("content/live/a/b.m4s"))).isNull();
    }
}
