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

/// Removes what runs left that are gone: nothing of it has changed for long, neither the file that
/// a living run makes grow at each beat, nor which files there are. For other nodes' that is {@link
/// PastOptions#deadAfter}; for what has this node's name, an earlier run's, three beats. By this
/// node's monotonic clock, so no clocks are compared. One thread.
final class PastSweep {
    private static final Logger log = LoggerFactory.getLogger(PastSweep.class);

    /// Beats: other nodes' folders are large.
    private static final int OTHERS_EVERY = 30;

    /// @param sign what of it changes as long as its node lives
    private record Seen(Sign sign, long sinceNanos) {}

    private record Sign(long aliveBytes, int files) {}

    private final BlobStore blobs;
    private final Run own;
    private final PastOptions options;
    private final PastMetrics metrics;
    private final Map<Run, Seen> seen = new HashMap<>();
    private final Thread thread;
    private Runnable each = () -> {};

    /// Nothing is left of an earlier run of this node.
    private boolean ownIsClean;

    private volatile boolean closed;

    PastSweep(BlobStore blobs, Run own, PastOptions options, PastMetrics metrics) {
        this.blobs = blobs;
        this.own = own;
        this.options = options;
        this.metrics = metrics;
        // Storage that hangs takes the thread that asks.
        thread = Thread.ofPlatform().daemon().name("past-sweep").unstarted(this::run);
    }

    /// @param atEachBeat done on its thread
    void start(Runnable atEachBeat) {
        each = atEachBeat;
        thread.start();
    }

    void close() {
        closed = true;
        thread.interrupt();
    }

    private void run() {
        try {
            for (int i = 0; !closed; i++) {
                if (i % OTHERS_EVERY == 0) {
                    look(System.nanoTime());
                } else if (!ownIsClean) {
                    lookAtOwn(System.nanoTime());
                }
                each.run();
                Thread.sleep(options.beat());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// What earlier runs of this node left.
    void lookAtOwn(long nowNanos) {
        look(PastKeys.of(own.node()), nowNanos);
    }

    /// What all have.
    void look(long nowNanos) {
        look(PastKeys.ALL, nowNanos);
    }

    private void look(BlobKey folder, long nowNanos) {
        try {
            Map<Run, List<BlobKey>> runs = runs(folder);
            String prefix = folder.value() + '/';
            seen.keySet()
                    .removeIf(
                            run ->
                                    run.alive().value().startsWith(prefix)
                                            && !runs.containsKey(run));
            for (Map.Entry<Run, List<BlobKey>> each : runs.entrySet()) {
                look(each.getKey(), each.getValue(), nowNanos);
            }
            ownIsClean = runs.keySet().stream().noneMatch(this::isOwn);
        } catch (IOException | RuntimeException e) {
            // Storage that was away says nothing about nodes: everybody gets the whole time again.
            seen.clear();
            log.warn("what nodes keep to go back in cannot be looked at: {}", e.toString());
        }
    }

    private boolean isOwn(Run run) {
        return run.node().equals(own.node());
    }

    private void look(Run run, List<BlobKey> files, long nowNanos) throws IOException {
        var sign = new Sign(bytes(run.alive()), files.hashCode());
        Duration dead = isOwn(run) ? options.ownDeadAfter() : options.deadAfter();
        Seen before = seen.get(run);
        if (before == null || !before.sign().equals(sign)) {
            seen.put(run, new Seen(sign, nowNanos));
        } else if (nowNanos - before.sinceNanos() >= dead.toNanos()) {
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
