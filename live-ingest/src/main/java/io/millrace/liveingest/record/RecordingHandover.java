package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Set;
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
    private final String node;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    RecordingHandover(BlobStore blobs, RecordingSink sink, String node) {
        this.blobs = blobs;
        this.sink = sink;
        this.node = node;
    }

    void handOver(RecordingFinished recording) {
        Thread thread =
                Thread.ofVirtual()
                        .name("handover-" + recording.recordingId())
                        .unstarted(() -> untilAccepted(recording));
        running.add(thread);
        thread.start();
    }

    private void untilAccepted(RecordingFinished recording) {
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
            blobs.delete(RecordingKeys.openMarker(node, recording.recordingId()));
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
            running.remove(Thread.currentThread());
        }
    }

    /// Waits for what is under way, then gives up the rest until the next start.
    void close(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (Thread thread : running.toArray(Thread[]::new)) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left > 0) {
                thread.join(left);
            }
        }
        closed = true;
        running.forEach(Thread::interrupt);
    }
}
