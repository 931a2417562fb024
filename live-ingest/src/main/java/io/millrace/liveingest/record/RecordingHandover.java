package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Tells the platform of finished recordings until it accepts, each on its own virtual thread.
///
/// What is not accepted before the process ends is told again at the next start: the journal says
/// `handed-over`, and the open marker goes, only after the platform's yes. Thread-safe.
final class RecordingHandover {
    private static final Logger log = LoggerFactory.getLogger(RecordingHandover.class);
    private static final long MAX_PAUSE_MS = 60_000;

    private final BlobStore blobs;
    private final RecordingSink sink;
    private final Map<String, Thread> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    RecordingHandover(BlobStore blobs, RecordingSink sink) {
        this.blobs = blobs;
        this.sink = sink;
    }

    /// Nothing happens where this recording is being handed over already.
    ///
    /// @param marker of the recording, to be removed at the end
    void handOver(RecordingFinished recording, BlobKey marker) {
        Thread thread =
                Thread.ofVirtual()
                        .name("handover-" + recording.recordingId())
                        .unstarted(() -> untilAccepted(recording, marker));
        if (running.putIfAbsent(recording.recordingId(), thread) == null) {
            thread.start();
        }
    }

    boolean isRunning(String recordingId) {
        return running.containsKey(recordingId);
    }

    private void untilAccepted(RecordingFinished recording, BlobKey marker) {
        try {
            long pause = 500;
            while (!closed) {
                try {
                    sink.recordingFinished(recording);
                    break;
                } catch (IOException | RuntimeException e) {
                    log.warn(
                            "live {}: recording {} not accepted yet, next try in {} ms: {}",
                            recording.entryId(),
                            recording.recordingId(),
                            pause,
                            e.toString());
                    TimeUnit.MILLISECONDS.sleep(pause);
                    pause = Math.min(MAX_PAUSE_MS, 2 * pause);
                }
            }
            if (closed) {
                return;
            }
            RecordingPoint.ACCEPTED.reached();
            BlobKey journal =
                    RecordingKeys.folder(recording.entryId(), recording.recordingId())
                            .child(RecordingJournal.NAME);
            RecordingJournal.append(blobs, journal, RecordingJournal.HANDED_OVER_LINE);
            RecordingPoint.ACCEPTANCE_LISTED.reached();
            blobs.delete(marker);
            log.info(
                    "live {}: recording {} handed over",
                    recording.entryId(),
                    recording.recordingId());
        } catch (IOException e) {
            log.warn(
                    "live {}: recording {} was accepted but not marked; it will be told again: {}",
                    recording.entryId(),
                    recording.recordingId(),
                    e.toString());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            running.remove(recording.recordingId());
        }
    }

    /// Waits for what is under way, then gives up the rest until the next start.
    void close(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (Thread thread : List.copyOf(running.values())) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left > 0) {
                thread.join(left);
            }
        }
        closed = true;
        running.values().forEach(Thread::interrupt);
    }
}
