package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.record.Recorder.Step;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// The blocking half of a recording: files, journal, sync. One virtual thread.
///
/// Nothing is made before the first fragment, so a publisher that never sends a key frame leaves no
/// trace. Bytes once written are never changed; after an error the file is cut back to its last
/// whole fragment and closed, and the recording goes on in a new file when storage is back.
final class RecordingWriter {
    private static final Logger log = LoggerFactory.getLogger(RecordingWriter.class);

    private final String entryId;
    private final String partnerId;
    private final BlobStore blobs;
    private final RecordingOptions options;
    private final LiveMetrics metrics;
    private final Set<String> written;
    private final Consumer<RecordingStarted> onStarted;
    private final Consumer<String> onTrouble;
    private final Consumer<RecordingFinished> onFinished;

    private @Nullable RecordingStarted recording;
    private @Nullable BlobKey folder;
    private @Nullable AppendBlob journal;
    private @Nullable AppendBlob file;
    private byte @Nullable [] init;
    private byte @Nullable [] fileInit;
    private final List<BlobKey> files = new ArrayList<>();
    private int fileNumber;
    private long wholeBytes;
    private long earlierBytes;
    private long durationMs;
    private long lastSyncNanos;
    private long lastLineNanos;
    private long brokenUntilNanos;
    private boolean broken;
    private boolean unsynced;

    /// @param written gets the ids of the recordings that are being written here
    RecordingWriter(
            String entryId,
            String partnerId,
            BlobStore blobs,
            RecordingOptions options,
            LiveMetrics metrics,
            Set<String> written,
            Consumer<RecordingStarted> onStarted,
            Consumer<String> onTrouble,
            Consumer<RecordingFinished> onFinished) {
        this.entryId = entryId;
        this.partnerId = partnerId;
        this.blobs = blobs;
        this.options = options;
        this.metrics = metrics;
        this.written = written;
        this.onStarted = onStarted;
        this.onTrouble = onTrouble;
        this.onFinished = onFinished;
    }

    /// Until {@link Step.Mark#END}.
    void run(BlockingQueue<Step> queue, AtomicLong queuedMs) {
        metrics.recordings().incrementAndGet();
        long pauseMs =
                Math.min(options.syncInterval().toMillis(), options.aliveInterval().toMillis() / 2);
        try {
            while (true) {
                Step step = queue.poll(pauseMs, TimeUnit.MILLISECONDS);
                alive();
                switch (step) {
                    case null -> trying(this::sync);
                    case Step.Tracks(byte[] newInit) -> init = newInit;
                    case Step.Fragment(LiveFragment fragment, boolean leading) -> {
                        try {
                            fragment(fragment, leading);
                        } finally {
                            queuedMs.addAndGet(-Step.queuedMs(fragment, leading));
                        }
                    }
                    case Step.Mark.DISCONTINUITY, Step.Mark.LOST -> {
                        trying(() -> line(RecordingJournal.DISCONTINUITY_LINE));
                        if (step == Step.Mark.LOST) {
                            onTrouble.accept("Storage is too slow for the recording.");
                        }
                    }
                    case Step.Mark.INTERRUPTED -> trying(this::sync);
                    case Step.Mark.END -> {
                        finish();
                        return;
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("live {}: the recording stopped after our own mistake", entryId, e);
            onTrouble.accept("The recording stopped after an internal error.");
        } finally {
            metrics.recordings().decrementAndGet();
            letGo();
        }
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private void trying(Action action) {
        if (broken) {
            return;
        }
        try {
            action.run();
        } catch (IOException e) {
            breakOff(e);
        }
    }

    private void fragment(LiveFragment part, boolean leading) {
        if (broken) {
            // A new file has to start with a key frame.
            if (System.nanoTime() - brokenUntilNanos < 0 || !leading || !part.independent()) {
                metrics.fragmentLost();
                return;
            }
            broken = false;
        }
        byte[] currentInit = init;
        if (currentInit == null) {
            return;
        }
        try {
            write(part, leading, currentInit);
        } catch (IOException e) {
            metrics.fragmentLost();
            breakOff(e);
        }
    }

    private void write(LiveFragment part, boolean leading, byte[] currentInit) throws IOException {
        if (recording != null && isFenced()) {
            log.warn(
                    "live {}: recording {} stood still too long and is left to be finished as it is",
                    entryId,
                    recording.recordingId());
            letGo();
        }
        boolean first = recording == null;
        if (first) {
            open(part.startedAt());
        }
        AppendBlob target = file;
        if (target == null || !Arrays.equals(fileInit, currentInit)) {
            target = nextFile(currentInit);
        }
        line(
                RecordingJournal.fragmentLine(
                        wholeBytes,
                        part.bytes().length,
                        part.startMs(),
                        leading ? part.durationMs() : 0,
                        leading && part.independent()));
        RecordingPoint.FRAGMENT_LISTED.reached();
        append(target, part.bytes());
        RecordingPoint.FRAGMENT_WRITTEN.reached();
        wholeBytes += part.bytes().length;
        durationMs += leading ? part.durationMs() : 0;
        unsynced = true;
        metrics.recordedBytes(part.bytes().length);
        if (first || System.nanoTime() - lastSyncNanos >= options.syncInterval().toNanos()) {
            sync();
        }
        if (first && recording != null) {
            onStarted.accept(recording);
        }
    }

    private static void append(AppendBlob target, byte[] fragment) throws IOException {
        if (RecordingPoint.FRAGMENT_TORN.isArmed()) {
            target.append(ByteBuffer.wrap(fragment, 0, fragment.length / 2));
            RecordingPoint.FRAGMENT_TORN.reached();
            target.append(
                    ByteBuffer.wrap(
                            fragment, fragment.length / 2, fragment.length - fragment.length / 2));
            return;
        }
        target.append(ByteBuffer.wrap(fragment));
    }

    private void open(Instant startedAt) throws IOException {
        String id = RecordingKeys.newRecordingId(startedAt);
        BlobKey newFolder = RecordingKeys.folder(entryId, id);
        var started =
                new RecordingStarted(
                        entryId,
                        partnerId,
                        id,
                        newFolder.child(RecordingKeys.fileName(1)),
                        startedAt);
        BlobKey journalKey = newFolder.child(RecordingJournal.NAME);
        RecordingPoint.BEFORE_MARKER.reached();
        // The marker first: whatever exists of the recording, recovery can find it.
        try (BlobWriter marker = blobs.create(RecordingKeys.openMarker(options.node(), id))) {
            marker.write(ByteBuffer.wrap(journalKey.value().getBytes(StandardCharsets.UTF_8)));
            marker.commit();
        }
        RecordingPoint.MARKER_PUBLISHED.reached();
        written.add(id);
        recording = started;
        folder = newFolder;
        boolean opened = false;
        try {
            journal = blobs.append(journalKey);
            RecordingPoint.JOURNAL_MADE.reached();
            line(RecordingJournal.openingLine(started, options.node()));
            RecordingPoint.JOURNAL_OPENED.reached();
            opened = true;
        } finally {
            if (!opened) {
                letGo(); // its marker tells of it
            }
        }
        log.info("live {}: recording {} started", entryId, id);
    }

    private AppendBlob nextFile(byte[] currentInit) throws IOException {
        BlobKey parent = Objects.requireNonNull(folder);
        closeFile();
        String name = RecordingKeys.fileName(++fileNumber);
        line(RecordingJournal.fileLine(name, currentInit));
        RecordingPoint.FILE_LISTED.reached();
        AppendBlob opened = blobs.append(parent.child(name));
        file = opened;
        files.add(parent.child(name));
        wholeBytes = 0;
        RecordingPoint.FILE_MADE.reached();
        opened.append(ByteBuffer.wrap(currentInit));
        RecordingPoint.INIT_WRITTEN.reached();
        wholeBytes = currentInit.length;
        fileInit = currentInit;
        if (fileNumber > 1) {
            log.info("live {}: recording goes on in {}", entryId, name);
        }
        return opened;
    }

    private void closeFile() throws IOException {
        if (file != null) {
            AppendBlob old = file;
            file = null;
            earlierBytes += wholeBytes;
            wholeBytes = 0;
            old.sync();
            old.close();
        }
    }

    private void line(String line) throws IOException {
        if (journal != null) {
            RecordingJournal.append(journal, line);
            lastLineNanos = System.nanoTime();
        }
    }

    /// Says that this node is there, where nothing else does; also while the media's storage is
    /// full, as a line often still fits.
    private void alive() {
        if (journal == null
                || System.nanoTime() - lastLineNanos < options.aliveInterval().toNanos()
                || isFenced()) {
            return;
        }
        try {
            line(RecordingJournal.ALIVE_LINE);
        } catch (IOException e) {
            log.debug("live {}: {}", entryId, e.toString());
        }
    }

    /// Whether the journal stood still for so long that others may be finishing the recording.
    private boolean isFenced() {
        return System.nanoTime() - lastLineNanos >= options.fenceAfter().toNanos();
    }

    /// Forgets the recording, finished or not: the next fragment begins another.
    private void letGo() {
        closeQuietly(file);
        closeQuietly(journal);
        if (recording != null) {
            written.remove(recording.recordingId());
        }
        recording = null;
        folder = null;
        journal = null;
        file = null;
        fileInit = null;
        files.clear();
        fileNumber = 0;
        wholeBytes = 0;
        earlierBytes = 0;
        durationMs = 0;
        unsynced = false;
    }

    private void sync() throws IOException {
        if (unsynced && file != null && journal != null) {
            file.sync();
            RecordingPoint.FILE_SYNCED.reached();
            journal.sync();
            RecordingPoint.BOTH_SYNCED.reached();
            unsynced = false;
        }
        lastSyncNanos = System.nanoTime();
    }

    /// Storage failed: keep what is whole, let go of the file, try again later.
    private void breakOff(IOException e) {
        log.error("live {}: the recording's storage failed: {}", entryId, e.toString());
        broken = true;
        brokenUntilNanos = System.nanoTime() + options.retryAfter().toNanos();
        AppendBlob failed = file;
        file = null;
        fileInit = null;
        if (failed != null) {
            try {
                if (failed.sizeBytes() > wholeBytes) {
                    failed.truncate(wholeBytes);
                }
            } catch (IOException | RuntimeException cut) {
                log.warn("live {}: torn tail stays: {}", entryId, cut.toString());
            }
            closeQuietly(failed);
            earlierBytes += wholeBytes;
            wholeBytes = 0;
        }
        onTrouble.accept("Storage failed: " + e.getMessage());
    }

    private void finish() {
        RecordingStarted started = recording;
        if (started == null) {
            return; // never a fragment
        }
        if (isFenced()) {
            log.warn(
                    "live {}: recording {} stood still too long and is left to be finished as it is",
                    entryId,
                    started.recordingId());
            return;
        }
        try {
            closeFile();
            RecordingPoint.FILE_CLOSED.reached();
            if (journal != null) {
                RecordingJournal.append(
                        journal, RecordingJournal.finalLine(durationMs, earlierBytes));
                RecordingPoint.FINAL_LISTED.reached();
                journal.sync();
            }
            RecordingPoint.CLOSED.reached();
        } catch (IOException e) {
            // Recovery will do it at the next start.
            log.error("live {}: the recording cannot be closed: {}", entryId, e.toString());
            onTrouble.accept("Storage failed: " + e.getMessage());
            return;
        }
        log.info(
                "live {}: recording {} finished: {} ms, {} bytes, {} file(s)",
                entryId,
                started.recordingId(),
                durationMs,
                earlierBytes,
                files.size());
        onFinished.accept(
                new RecordingFinished(
                        entryId,
                        partnerId,
                        started.recordingId(),
                        files,
                        durationMs,
                        earlierBytes,
                        started.startedAt(),
                        false));
    }

    private void closeQuietly(@Nullable AppendBlob blob) {
        if (blob != null) {
            try {
                blob.close();
            } catch (IOException e) {
                log.debug("live {}: closing {}: {}", entryId, blob.key(), e.toString());
            }
        }
    }
}
