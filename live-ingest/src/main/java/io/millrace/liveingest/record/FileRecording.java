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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// A recording of bytes as they came, for media that cannot be packaged: a browser's VP8. What is
/// made of it, batch decides.
///
///     content/live/{entryId}/{recordingId}/recording.webm
///     content/live-files-open/{node}/{recordingId}     its {@link FileRecordingMarker}; there until
///                                                      handed over
///
/// Where no bytes come the marker grows instead, so that both standing still tells of a node that
/// is gone ({@link OrphanWatch}). A recording whose own node stood still for {@link
/// RecordingOptions.Orphans#fenceAfter} is left to others.
///
/// One thread at a time writes and closes; a virtual thread does it. The caller bounds what it
/// writes by what it is told is written.
public final class FileRecording {
    private static final Logger log = LoggerFactory.getLogger(FileRecording.class);

    private sealed interface Step {
        /// Owns `bytes`.
        record Write(ByteBuf bytes) implements Step {}

        record Close(long durationMs) implements Step {}
    }

    private final BlobStore blobs;
    private final RecordingStarted recording;
    private final BlobKey marker;
    private final long syncNs;
    private final long aliveNs;
    private final long fenceNs;
    private final LiveMetrics metrics;
    private final LongConsumer written;
    private final Consumer<String> failed;
    private final Consumer<RecordingFinished> finished;
    private final LinkedBlockingQueue<Step> steps = new LinkedBlockingQueue<>();
    private final Thread thread;

    /// When the file or its marker grew. The writing thread's.
    private long grownAt;

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
        this.syncNs = options.storage().syncInterval().toNanos();
        this.aliveNs = options.orphans().aliveInterval().toNanos();
        this.fenceNs = options.orphans().fenceAfter().toNanos();
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
        marker = FileRecordingMarker.key(options.node(), id);
        thread = Thread.ofVirtual().name("file-recording-" + entryId).unstarted(this::run);
    }

    FileRecording start() {
        thread.start();
        return this;
    }

    String recordingId() {
        return recording.recordingId();
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
            long durationMs;
            try (AppendBlob mark = blobs.append(marker)) {
                append(mark, FileRecordingMarker.line(recording));
                mark.sync();
                durationMs = writeAll(mark);
            }
            long size = blobs.stat(recording.firstBlobKey()).orElseThrow().sizeBytes();
            finished.accept(FileRecordingMarker.finished(recording, durationMs, size, false));
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
    private long writeAll(AppendBlob mark) throws IOException, InterruptedException {
        try (AppendBlob file = blobs.append(recording.firstBlobKey())) {
            log.info(
                    "live {}: recording {} started, as it comes",
                    recording.entryId(),
                    recording.recordingId());
            grownAt = System.nanoTime();
            long syncAt = grownAt + syncNs;
            boolean dirty = false;
            while (true) {
                Step step = steps.poll(Math.min(syncNs, aliveNs / 2), TimeUnit.NANOSECONDS);
                if (stillNs() >= aliveNs) {
                    append(mark, RecordingJournal.ALIVE_LINE);
                    grownAt = System.nanoTime();
                }
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
                        stillNs();
                        grownAt = System.nanoTime();
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

    /// For how long nothing was written.
    private long stillNs() throws IOException {
        long still = System.nanoTime() - grownAt;
        if (still >= fenceNs) {
            throw new IOException("it stood still too long; others finish it");
        }
        return still;
    }

    private static void append(AppendBlob mark, String line) throws IOException {
        mark.append(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
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
}
