package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What this node's last run left in the middle and waits for its publisher to come back: the same
/// recording then goes on, in the same file. After {@link RecordingOptions#resumeAfterStart} the
/// rest is finished.
///
/// While a recording waits its journal grows, so that no other node takes it for lost. Thread-safe.
final class LeftRecordings implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LeftRecordings.class);

    private final BlobStore blobs;
    private final RecordingOptions options;
    private final RecordingRecovery recovery;
    private final Thread thread;

    /// By entry; guarded by this.
    private final Map<String, LeftRecording> waiting = new HashMap<>();

    /// Ids of those whose publisher is back and that have not gone on yet; guarded by this.
    private final Set<String> claimed = new HashSet<>();

    LeftRecordings(BlobStore blobs, RecordingOptions options, RecordingRecovery recovery) {
        this.blobs = blobs;
        this.options = options;
        this.recovery = recovery;
        thread = Thread.ofVirtual().name("recordings-left").unstarted(this::run);
    }

    /// Before the first publisher may come. Blocks as long as looking through the files takes.
    ///
    /// @param markers what was left
    /// @return those that cannot go on
    synchronized List<BlobKey> hold(List<BlobKey> markers) {
        List<BlobKey> others = new ArrayList<>();
        for (BlobKey marker : markers) {
            LeftRecording left = null;
            try {
                left = recovery.left(marker, options.resumeAfterStart());
            } catch (IOException | RuntimeException e) {
                log.warn("recording {} cannot go on: {}", marker, e.toString());
            }
            if (left == null) {
                others.add(marker);
                continue;
            }
            LeftRecording before = waiting.get(left.started().entryId());
            if (before == null
                    || before.started().startedAt().isBefore(left.started().startedAt())) {
                waiting.put(left.started().entryId(), left);
                left = before;
            }
            if (left != null) {
                others.add(left.marker());
            }
        }
        for (LeftRecording left : waiting.values()) {
            log.info(
                    "live {}: recording {} waits for its publisher at {} ms",
                    left.started().entryId(),
                    left.started().recordingId(),
                    left.endMs());
        }
        if (!waiting.isEmpty()) {
            thread.start();
        }
        return others;
    }

    /// Where an entry's recording will go on on its stream's time line; 0 where there is none.
    synchronized long endMs(String entryId) {
        LeftRecording left = waiting.get(entryId);
        return left == null ? 0 : left.endMs();
    }

    /// The publisher is back. Who claims calls {@link #release}.
    synchronized @Nullable LeftRecording claim(String entryId) {
        LeftRecording left = waiting.remove(entryId);
        if (left != null) {
            claimed.add(left.started().recordingId());
        }
        return left;
    }

    /// @param goesOn whether it goes on; otherwise it is finished, on another thread
    void release(LeftRecording left, boolean goesOn) {
        synchronized (this) {
            claimed.remove(left.started().recordingId());
        }
        if (!goesOn) {
            Thread.ofVirtual().name("recording-recovery").start(() -> finish(left));
        }
    }

    synchronized boolean holds(String recordingId) {
        return claimed.contains(recordingId)
                || waiting.values().stream()
                        .anyMatch(left -> left.started().recordingId().equals(recordingId));
    }

    private synchronized List<LeftRecording> all() {
        return List.copyOf(waiting.values());
    }

    private void run() {
        long deadline = System.nanoTime() + options.resumeAfterStart().toNanos();
        long pause =
                Math.min(
                        options.orphans().aliveInterval().toMillis(),
                        options.resumeAfterStart().toMillis());
        try {
            while (System.nanoTime() - deadline < 0) {
                for (LeftRecording left : all()) {
                    alive(left);
                }
                Thread.sleep(Math.max(10, pause));
            }
            finishAll();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void alive(LeftRecording left) {
        try {
            RecordingJournal.append(
                    blobs,
                    RecordingKeys.folder(left.started().entryId(), left.started().recordingId())
                            .child(RecordingJournal.NAME),
                    '\n' + RecordingJournal.ALIVE_LINE);
        } catch (IOException | RuntimeException e) {
            log.debug("live {}: {}", left.started().entryId(), e.toString());
        }
    }

    private void finishAll() {
        for (LeftRecording left : all()) {
            boolean ours;
            synchronized (this) {
                ours = waiting.remove(left.started().entryId(), left);
            }
            if (ours) {
                log.info(
                        "live {}: nobody came back for recording {}",
                        left.started().entryId(),
                        left.started().recordingId());
                finish(left);
            }
        }
    }

    private void finish(LeftRecording left) {
        try {
            recovery.recover(left.marker());
        } catch (IOException | RuntimeException e) {
            log.error("recording {} cannot be recovered: {}", left.marker(), e.toString());
        }
    }

    /// Finishes what still waits.
    @Override
    public void close() {
        thread.interrupt();
        finishAll();
    }
}
