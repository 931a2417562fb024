package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// All recordings of this node: makes recorders, recovers what an earlier run or a node that is
/// gone left, hands over, and waits at the end. Thread-safe.
public final class Recordings {
    private static final Logger log = LoggerFactory.getLogger(Recordings.class);

    private final BlobStore blobs;
    private final RecordingSink sink;
    private final RecordingOptions options;
    private final LiveMetrics metrics;
    private final RecordingHandover handover;
    private final RecordingRecovery recovery;
    private final FileRecordingRecovery fileRecovery;
    private final LeftRecordings left;
    private final OrphanWatch watch;
    private final Set<Recorder> recorders = ConcurrentHashMap.newKeySet();
    private final Set<FileRecording> files = ConcurrentHashMap.newKeySet();

    /// The last message of each recording that is under way.
    private final Map<String, CompletableFuture<Void>> messages = new ConcurrentHashMap<>();

    private final Executor threads =
            task -> Thread.ofVirtual().name("recording-message").start(task);

    /// Ids of the recordings that this process writes.
    private final Set<String> written = ConcurrentHashMap.newKeySet();

    public Recordings(
            BlobStore blobs, RecordingSink sink, RecordingOptions options, LiveMetrics metrics) {
        this.blobs = blobs;
        this.sink = sink;
        this.options = options;
        this.metrics = metrics;
        this.handover = new RecordingHandover(blobs, sink);
        this.recovery = new RecordingRecovery(blobs, handover);
        this.fileRecovery = new FileRecordingRecovery(blobs, handover);
        this.left = new LeftRecordings(blobs, options, recovery);
        this.watch = new OrphanWatch(blobs, options, List.of(recovery, fileRecovery), this::isOurs);
    }

    /// Finds what an earlier run left (blocks shortly), and works it off in the background; from
    /// then on looks after what other nodes leave, and what this one left when storage is away now.
    /// To be called before the first recording.
    public void recover() {
        try {
            recoverOwn();
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "what an earlier run left cannot be listed, and is finished when storage is"
                            + " back: {}",
                    e.toString());
        }
        watch.start();
    }

    private void recoverOwn() throws IOException {
        List<BlobKey> leftOpen = recovery.markers(options.node());
        List<BlobKey> open = options.resumeAfterStart().isZero() ? leftOpen : left.hold(leftOpen);
        List<BlobKey> openFiles = fileRecovery.markers(options.node());
        if (!open.isEmpty() || !openFiles.isEmpty()) {
            log.info("recordings left open by an earlier run: {}", open.size() + openFiles.size());
            Thread.ofVirtual()
                    .name("recording-recovery")
                    .start(
                            () -> {
                                recovery.recoverAll(open);
                                fileRecovery.recoverAll(openFiles);
                            });
        }
    }

    /// Whether this process is busy with a recording.
    private boolean isOurs(String recordingId) {
        return written.contains(recordingId)
                || left.holds(recordingId)
                || handover.isRunning(recordingId)
                || files.stream()
                        .anyMatch(file -> !file.isDone() && file.recordingId().equals(recordingId));
    }

    /// Starts recording bytes as they come. The platform hears of it at its end: there is nothing
    /// that could be played before.
    ///
    /// @param extension of the file's name
    /// @param written told how many bytes are in the file, on a thread of its own
    /// @param failed told why nothing more is written
    public FileRecording recordFile(
            String entryId,
            String partnerId,
            String extension,
            LongConsumer written,
            Consumer<String> failed) {
        files.removeIf(FileRecording::isDone);
        var file =
                new FileRecording(
                        blobs,
                        options,
                        metrics,
                        entryId,
                        partnerId,
                        extension,
                        written,
                        failed,
                        finished ->
                                handover.handOver(
                                        finished,
                                        FileRecordingMarker.key(
                                                options.node(), finished.recordingId())));
        files.add(file);
        return file.start();
    }

    /// Where a stream's time line begins, so that its recording goes on after a restart: 0, or the
    /// end of what the last run left of it.
    public long startMs(String entryId) {
        return left.endMs(entryId);
    }

    /// Starts recording a stream; the recorder ends with it.
    public LiveOutput record(String entryId, String partnerId) {
        return record(entryId, partnerId, (_, _, _) -> {});
    }

    /// The same.
    ///
    /// @param places told where each fragment is
    public LiveOutput record(String entryId, String partnerId, RecordedFragments places) {
        recorders.removeIf(Recorder::isDone);
        var writer =
                new RecordingWriter(
                        entryId,
                        partnerId,
                        blobs,
                        options,
                        metrics,
                        new Messages(),
                        places,
                        left.claim(entryId));
        var recorder = new Recorder(entryId, options, metrics, writer);
        recorders.add(recorder);
        return recorder;
    }

    private final class Messages implements RecordingWriter.Listener {
        @Override
        public void opening(RecordingStarted recording) {
            written.add(recording.recordingId());
        }

        @Override
        public void started(RecordingStarted recording) {
            log.info("live {}: recording {} started", recording.entryId(), recording.recordingId());
            tell(recording, () -> sink.recordingStarted(recording));
        }

        @Override
        public void trouble(RecordingStarted recording, String reason) {
            tell(recording, () -> sink.recordingFailed(recording, reason));
        }

        @Override
        public void resumed(RecordingStarted recording) {
            tell(recording, () -> sink.recordingResumed(recording));
        }

        @Override
        public void finished(RecordingFinished recording) {
            log.info(
                    "live {}: recording {} finished: {} ms, {} bytes, {} file(s)",
                    recording.entryId(),
                    recording.recordingId(),
                    recording.durationMs(),
                    recording.sizeBytes(),
                    recording.blobKeys().size());
            handover.handOver(
                    recording, RecordingKeys.openMarker(options.node(), recording.recordingId()));
        }

        @Override
        public void letGo(RecordingStarted recording) {
            written.remove(recording.recordingId());
            messages.remove(recording.recordingId());
        }

        @Override
        public void left(LeftRecording recording, boolean goesOn) {
            left.release(recording, goesOn);
        }
    }

    @FunctionalInterface
    private interface Message {
        void send() throws IOException;
    }

    /// In order for each recording, which does not wait for the platform.
    private void tell(RecordingStarted recording, Message message) {
        messages.compute(
                recording.recordingId(),
                (_, before) ->
                        (before == null ? CompletableFuture.<Void>completedFuture(null) : before)
                                .thenRunAsync(() -> send(recording, message), threads));
    }

    private static void send(RecordingStarted recording, Message message) {
        try {
            message.send();
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "live {}: the platform was not told of the recording: {}",
                    recording.entryId(),
                    e.toString());
        }
    }

    /// Waits, after the streams have ended, until recordings are closed and handed over, as long as
    /// given.
    public void close(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        watch.close();
        left.close();
        try {
            for (Recorder recorder : recorders) {
                recorder.awaitDone(left(deadline));
            }
            for (FileRecording file : files) {
                file.awaitDone(left(deadline));
            }
            handover.close(left(deadline));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static long left(long deadlineNanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
    }
}
