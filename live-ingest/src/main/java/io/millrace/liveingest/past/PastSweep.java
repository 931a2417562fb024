package io.millrace.liveingest.past;

import io.millrace.liveingest.past.PastKeys.Run;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Removes what nodes left that are gone: at the start what earlier runs of this node did, and
/// later what other nodes did of which nothing has changed for {@link PastOptions#deadAfter}:
/// neither the file that a living run makes grow each minute, nor which files there are. By this
/// node's monotonic clock, so no clocks are compared. One thread.
final class PastSweep {
    private static final Logger log = LoggerFactory.getLogger(PastSweep.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);

    /// Of {@link #PAUSE}s: other nodes' folders are large.
    private static final int OTHERS_EVERY = 10;

    /// @param sign what of it changes as long as its node lives
    private record Seen(Sign sign, long sinceNanos) {}

    private record Sign(long aliveBytes, int files) {}

    private final BlobStore blobs;
    private final Run own;
    private final long deadNanos;
    private final PastMetrics metrics;
    private final Map<Run, Seen> seen = new HashMap<>();
    private final Thread thread;
    private Runnable each = () -> {};
    private boolean ownIsSwept;
    private volatile boolean closed;

    PastSweep(BlobStore blobs, Run own, Duration deadAfter, PastMetrics metrics) {
        this.blobs = blobs;
        this.own = own;
        deadNanos = deadAfter.toNanos();
        this.metrics = metrics;
        // Storage that hangs takes the thread that asks.
        thread = Thread.ofPlatform().daemon().name("past-sweep").unstarted(this::run);
    }

    /// @param eachMinute done on its thread
    void start(Runnable eachMinute) {
        each = eachMinute;
        thread.start();
    }

    void close() {
        closed = true;
        thread.interrupt();
    }

    private void run() {
        try {
            for (int i = 0; !closed; i++) {
                sweepOwn();
                if (i % OTHERS_EVERY == 0) {
                    look(System.nanoTime());
                }
                each.run();
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// What earlier runs of this node left; until storage could be asked.
    void sweepOwn() {
        if (ownIsSwept) {
            return;
        }
        try {
            Map<Run, List<BlobKey>> runs = runs(PastKeys.of(own.node()));
            for (Map.Entry<Run, List<BlobKey>> each : runs.entrySet()) {
                remove(each.getKey(), each.getValue());
            }
            ownIsSwept = true;
        } catch (IOException | RuntimeException e) {
            log.warn("what an earlier run kept to go back in stays for now: {}", e.toString());
        }
    }

    /// What other nodes have.
    void look(long nowNanos) {
        try {
            Map<Run, List<BlobKey>> runs = runs(PastKeys.ALL);
            seen.keySet().retainAll(runs.keySet());
            for (Map.Entry<Run, List<BlobKey>> each : runs.entrySet()) {
                if (!each.getKey().node().equals(own.node())) {
                    look(each.getKey(), each.getValue(), nowNanos);
                }
            }
        } catch (IOException | RuntimeException e) {
            // Storage that was away says nothing about nodes: everybody gets the whole time again.
            seen.clear();
            log.warn("what nodes keep to go back in cannot be listed: {}", e.toString());
        }
    }

    private void look(Run run, List<BlobKey> files, long nowNanos) throws IOException {
        var sign = new Sign(bytes(run.alive()), files.hashCode());
        Seen before = seen.get(run);
        if (before == null || !before.sign().equals(sign)) {
            seen.put(run, new Seen(sign, nowNanos));
        } else if (nowNanos - before.sinceNanos() >= deadNanos) {
            seen.remove(run);
            remove(run, files);
        }
    }

    private void remove(Run run, List<BlobKey> files) throws IOException {
        BlobKey alive = run.alive();
        int removed = 0;
        for (BlobKey file : files) {
            if (!file.equals(alive) && blobs.delete(file)) {
                removed++;
            }
        }
        blobs.delete(alive); // the last: it tells whose the rest is
        metrics.swept.increment(removed);
        log.info(
                "removed {} files that node {} kept to go back in and left ({})",
                removed,
                run.node(),
                run.id());
    }

    /// All but this run's.
    private Map<Run, List<BlobKey>> runs(BlobKey folder) throws IOException {
        var runs = new LinkedHashMap<Run, List<BlobKey>>();
        for (BlobKey key : blobs.list(folder)) {
            Run run = PastKeys.run(key);
            if (run != null && !run.equals(own)) {
                runs.computeIfAbsent(run, _ -> new ArrayList<>()).add(key);
            }
        }
        return runs;
    }

    /// By opening it: over NFS, attributes without an open may be old. -1 where there is none.
    private long bytes(BlobKey key) throws IOException {
        try (BlobReader reader = blobs.open(key)) {
            return reader.info().sizeBytes();
        } catch (NoSuchFileException _) {
            return -1;
        }
    }
}
