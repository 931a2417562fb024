package io.millrace.liveingest.record;

import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.netty.buffer.ByteBuf;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// A recording of bytes as they came, for media that cannot be packaged: a browser's VP8. What is
/// made of it, batch decides.
///
///     content/live/{entryId}/{recordingId}/recording.webm
///     content/live-files-open/{node}/{recordingId}     says who it is; there until handed over
///
/// One thread at a time writes and closes; a virtual thread does it. The caller bounds what it
/// writes by what it is told is written.
public final class FileRecording {
    private static final Logger log = LoggerFactory.getLogger(FileRecording.class);
    private static final BlobKey OPEN = BlobKey.of("content/live-files-open");

    private sealed interface Step {
        /// Owns `bytes`.
        record Write(ByteBuf bytes) implements Step {}

        record Close(long durationMs) implements Step {}
    }

    private final BlobStore blobs;
    private final RecordingStarted recording;
    private final BlobKey marker;
    private final long syncNs;
    private final LiveMetrics metrics;
    private final LongConsumer written;
    private final Consumer<String> failed;
    private final Consumer<RecordingFinished> finished;
    private final LinkedBlockingQueue<Step> steps = new LinkedBlockingQueue<>();
    private final Thread thread;

    /// Nobody takes steps any more; guarded by {@link #steps}.
    private boolean over;

    /// @param written told how many bytes are in the file, on the writing thread
    /// @param failed told once why nothing more is written
    /// @param finished told at the end, when the file has any bytes
    FileRecording(
            BlobStore blobs,
            RecordingOptions options,
            LiveMetrics metrics,
            String entryId,
            String partnerId,
            String extension,
            LongConsumer written,
            Consumer<String> failed,
            Consumer<RecordingFinished> finished) {
        this.blobs = blobs;
        this.syncNs = options.syncInterval().toNanos();
        this.metrics = metrics;
        this.written = written;
        this.failed = failed;
        this.finished = finished;
        Instant now = Instant.now();
        String id = RecordingKeys.newRecordingId(now);
        recording =
                new RecordingStarted(
                        entryId,
                        partnerId,
                        id,
                        RecordingKeys.folder(entryId, id).child("recording." + extension),
                        now,
                        false);
        marker = marker(options.node(), id);
        thread = Thread.ofVirtual().name("file-recording-" + entryId).unstarted(this::run);
    }

    FileRecording start() {
        thread.start();
        return this;
    }

    static BlobKey marker(String node, String recordingId) {
        return OPEN.child(node).child(recordingId);
    }

    /// Takes `bytes` over.
    public void write(ByteBuf bytes) {
        synchronized (steps) {
            if (over) {
                bytes.release();
            } else {
                steps.add(new Step.Write(bytes));
            }
        }
    }

    /// Nothing may follow.
    ///
    /// @param durationMs of the media
    public void close(long durationMs) {
        steps.add(new Step.Close(durationMs));
    }

    boolean isDone() {
        return !thread.isAlive();
    }

    void awaitDone(long millis) throws InterruptedException {
        thread.join(Math.max(1, millis));
    }

    private void run() {
        metrics.recordings().incrementAndGet();
        try {
            try (AppendBlob mark = blobs.append(marker)) {
                mark.append(ByteBuffer.wrap(describe().getBytes(StandardCharsets.UTF_8)));
                mark.sync();
            }
            long durationMs = writeAll();
            long size = blobs.stat(recording.firstBlobKey()).orElseThrow().sizeBytes();
            finished.accept(finished(recording, durationMs, size, false));
        } catch (IOException | RuntimeException e) {
            log.error(
                    "live {}: recording {} failed: {}",
                    recording.entryId(),
                    recording.recordingId(),
                    e.toString());
            failed.accept(e.toString());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            metrics.recordings().decrementAndGet();
            drop();
        }
    }

    /// @return the media's duration
    private long writeAll() throws IOException, InterruptedException {
        try (AppendBlob file = blobs.append(recording.firstBlobKey())) {
            log.info(
                    "live {}: recording {} started, as it comes",
                    recording.entryId(),
                    recording.recordingId());
            long syncAt = System.nanoTime() + syncNs;
            boolean dirty = false;
            while (true) {
                Step step = steps.poll(syncNs, TimeUnit.NANOSECONDS);
                switch (step) {
                    case null -> {}
                    case Step.Write(ByteBuf bytes) -> {
                        try {
                            for (ByteBuffer buffer : bytes.nioBuffers()) {
                                file.append(buffer);
                            }
                        } finally {
                            bytes.release();
                        }
                        dirty = true;
                        written.accept(file.sizeBytes());
                    }
                    case Step.Close(long durationMs) -> {
                        file.sync();
                        return durationMs;
                    }
                }
                if (dirty && System.nanoTime() - syncAt >= 0) {
                    file.sync();
                    dirty = false;
                    syncAt = System.nanoTime() + syncNs;
                }
            }
        }
    }

    private void drop() {
        synchronized (steps) {
            over = true;
            for (Step step = steps.poll(); step != null; step = steps.poll()) {
                if (step instanceof Step.Write(ByteBuf bytes)) {
                    bytes.release();
                }
            }
        }
    }

    private static RecordingFinished finished(
            RecordingStarted recording, long durationMs, long size, boolean recovered) {
        return new RecordingFinished(
                recording.entryId(),
                recording.partnerId(),
                recording.recordingId(),
                List.of(recording.firstBlobKey()),
                List.of(0),
                durationMs,
                size,
                recording.startedAt(),
                recovered);
    }

    // --- recovery -----------------------------------------------------------------------------

    /// A line: started, partner or `-`, key of the file.
    private String describe() {
        String partner = recording.partnerId().isEmpty() ? "-" : recording.partnerId();
        return recording.startedAt().toEpochMilli()
                + " "
                + partner
                + " "
                + recording.firstBlobKey().value()
                + "\n";
    }

    /// What an earlier run of this node did not hand over, as far as it was written; containers of
    /// streams can be read to where they break off.
    static void recover(BlobStore blobs, String node, RecordingHandover handover)
            throws IOException {
        for (BlobKey marker : blobs.list(OPEN.child(node))) {
            String[] fields = RecordingJournal.readText(blobs, marker).strip().split(" ");
            String[] path = fields.length == 3 ? fields[2].split("/") : new String[0];
            var file = path.length == 5 ? blobs.stat(BlobKey.of(fields[2])) : null;
            if (file == null || file.isEmpty() || file.get().sizeBytes() == 0) {
                blobs.delete(marker);
                continue;
            }
            var recording =
                    new RecordingStarted(
                            path[2],
                            fields[1].equals("-") ? "" : fields[1],
                            path[3],
                            BlobKey.of(fields[2]),
                            Instant.ofEpochMilli(Long.parseLong(fields[0])),
                            false);
            log.info("live {}: recording {} was left open", path[2], path[3]);
            handover.handOver(finished(recording, 0, file.get().sizeBytes(), true), marker);
        }
    }
}
