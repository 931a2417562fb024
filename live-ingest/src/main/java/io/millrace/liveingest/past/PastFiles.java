package io.millrace.liveingest.past;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.live.DvrWindow;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// All that this node keeps to go back in and does not record: makes a writer for each rendition,
/// removes what nodes left that are gone, and everything at the end. Thread-safe.
public final class PastFiles {
    private static final Logger log = LoggerFactory.getLogger(PastFiles.class);
    private static final byte[] BEAT = {'\n'};

    private final BlobStore blobs;
    private final PastOptions options;
    private final PastMetrics metrics;
    private final PastKeys.Run run;
    private final PastSweep sweep;
    private final AtomicLong numbers = new AtomicLong();
    private final Set<PastWriter> writers = ConcurrentHashMap.newKeySet();

    /// What could not be removed yet.
    private final Set<BlobKey> left = ConcurrentHashMap.newKeySet();

    private volatile boolean begun;

    /// @param blobs where what grows can be read while it does
    public PastFiles(BlobStore blobs, PastOptions options, MeterRegistry meters) {
        this.blobs = blobs;
        this.options = options;
        this.metrics = new PastMetrics(meters);
        run = PastKeys.newRun(options.node(), Instant.now());
        sweep = new PastSweep(blobs, run, options, metrics);
    }

    /// Removes, in the background, what earlier runs of this node left, and looks after other nodes
    /// from then on. To be called before the first stream.
    public void start() {
        sweep.start(this::look);
    }

    /// Where the past lies.
    public BlobStore blobs() {
        return blobs;
    }

    /// Keeps a rendition's past as long as its window is; the output ends with its stream.
    ///
    /// @param dvr is told where the fragments are, and tells when they may go
    public LiveOutput keep(String entryId, String rendition, DvrWindow dvr) {
        writers.removeIf(PastWriter::isDone);
        var writer = new PastWriter(this, entryId, rendition, dvr);
        writers.add(writer);
        return writer.start();
    }

    /// How much media waits to be written.
    public long queuedMs() {
        return writers.stream().mapToLong(PastWriter::queuedMs).sum();
    }

    /// Ends all writers, waits until their files are removed, as long as given. After the streams
    /// have ended.
    public void close(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        sweep.close();
        writers.forEach(PastWriter::close);
        try {
            for (PastWriter writer : writers) {
                writer.awaitDone((deadline - System.nanoTime()) / 1_000_000);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (begun && left.isEmpty() && writers.stream().allMatch(PastWriter::isDone)) {
            deleteAlive();
        }
    }

    private void deleteAlive() {
        try {
            blobs.delete(run.alive());
        } catch (IOException e) {
            log.debug("{} stays: {}", run.alive(), e.toString());
        }
    }

    /// At each beat: says that this node lives, and tries again what could not be removed.
    private void look() {
        if (begun) {
            try {
                beat();
            } catch (IOException e) {
                log.debug("{}: {}", run.alive(), e.toString());
            }
        }
        for (BlobKey key : left) {
            delete(key);
        }
    }

    private void beat() throws IOException {
        try (AppendBlob alive = blobs.append(run.alive())) {
            alive.append(ByteBuffer.wrap(BEAT));
        }
    }

    /// A new file. Before the first, what tells others that its node lives.
    ///
    /// @param track the name of its playlist
    AppendBlob open(String entryId, String track) throws IOException {
        if (!begun) {
            beat();
            begun = true;
        }
        BlobKey key = run.file(numbers.incrementAndGet(), entryId, track);
        metrics.files.incrementAndGet();
        boolean opened = false;
        try {
            AppendBlob file = blobs.append(key);
            opened = true;
            return file;
        } finally {
            if (!opened) {
                left.add(key); // it may be there all the same
            }
        }
    }

    void close(AppendBlob file) {
        try {
            file.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", file.key(), e.toString());
        }
    }

    /// Now, or later where storage fails.
    void delete(BlobKey key) {
        try {
            blobs.delete(key);
            left.remove(key);
            metrics.files.decrementAndGet();
        } catch (IOException e) {
            if (left.add(key)) {
                log.debug("{} stays for now: {}", key, e.toString());
            }
        }
    }

    PastOptions options() {
        return options;
    }

    PastMetrics metrics() {
        return metrics;
    }
}
