package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveFragment;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One recording that is being written: its marker, its journal and its files. Marker and journal
/// are made by {@link #open}, the rest with the first fragment. No disk is waited for before the
/// first fragment is in its file, which is all that a killed process needs; {@link #sync} then
/// makes it durable, the marker first. Bytes once written are never changed; after an error the
/// file is cut back to its last whole fragment ({@link #breakOff}), and the next fragment begins a
/// new one. One thread.
final class OpenRecording {
    private static final Logger log = LoggerFactory.getLogger(OpenRecording.class);

    private RecordingStarted started;
    private final BlobStore blobs;
    private final RecordingOptions options;
    private final BlobKey folder;

    /// Whether the journal says whose it is.
    private boolean begun;

    /// Tells recovery of the recording; null where an earlier run made it.
    private @Nullable AppendBlob marker;

    /// Whether it has not been synced yet.
    private boolean markerUnsynced;

    /// Null after an error, until it is opened again.
    private @Nullable AppendBlob journal;

    private final List<BlobKey> files = new ArrayList<>();

    /// What the files' init segments are, by their hash.
    private final Map<BlobKey, Integer> layouts = new HashMap<>();

    /// Files that may have more than their whole fragments, whose length this is.
    private final Map<BlobKey, Long> torn = new HashMap<>();

    private @Nullable AppendBlob file;
    private byte @Nullable [] fileInit;
    private int fileNumber;
    private long wholeBytes;

    /// Whether the file has a fragment.
    private boolean fileHasMedia;

    private long earlierBytes;
    private long durationMs;
    private long lastLineNanos;
    private long lastSyncNanos;
    private boolean unsynced;

    private OpenRecording(
            RecordingStarted started, BlobStore blobs, RecordingOptions options, BlobKey folder) {
        this.started = started;
        this.blobs = blobs;
        this.options = options;
        this.folder = folder;
    }

    /// Marks the recording as open and makes its journal, which says nothing yet.
    static OpenRecording open(RecordingStarted started, BlobStore blobs, RecordingOptions options)
            throws IOException {
        BlobKey folder = RecordingKeys.folder(started.entryId(), started.recordingId());
        RecordingPoint.BEFORE_MARKER.reached();
        var opened = new OpenRecording(started, blobs, options, folder);
        boolean whole = false;
        try {
            // The marker first: whatever exists of the recording, recovery can find it.
            AppendBlob marker = blobs.append(opened.markerKey());
            opened.marker = marker;
            opened.markerUnsynced = true;
            marker.append(opened.markerText());
            RecordingPoint.MARKER_PUBLISHED.reached();
            opened.journal = blobs.append(folder.child(RecordingJournal.NAME));
            opened.lastLineNanos = System.nanoTime();
            RecordingPoint.JOURNAL_MADE.reached();
            whole = true;
        } finally {
            if (!whole) {
                opened.close();
            }
        }
        return opened;
    }

    private void begin(Instant startedAt) throws IOException {
        started = started.at(startedAt);
        line(RecordingJournal.openingLine(started, options.node()));
        begun = true;
        RecordingPoint.JOURNAL_OPENED.reached();
    }

    /// Goes on with what this node's last run left, in the same file.
    static OpenRecording resume(LeftRecording left, BlobStore blobs, RecordingOptions options)
            throws IOException {
        RecordingStarted started = left.started();
        BlobKey folder = RecordingKeys.folder(started.entryId(), started.recordingId());
        var opened = new OpenRecording(started, blobs, options, folder);
        boolean whole = false;
        try {
            AppendBlob last = blobs.append(left.files().getLast());
            opened.file = last;
            if (last.sizeBytes() != left.lastBytes()) {
                throw new IOException(
                        last.key()
                                + ": "
                                + last.sizeBytes()
                                + " bytes (expected: "
                                + left.lastBytes()
                                + ")");
            }
            opened.files.addAll(left.files());
            opened.layouts.putAll(left.layouts());
            opened.fileNumber = left.names();
            opened.fileInit = left.init();
            opened.fileHasMedia = true;
            opened.wholeBytes = left.lastBytes();
            opened.earlierBytes = left.earlierBytes();
            opened.durationMs = left.durationMs();
            opened.begun = true;
            opened.line(RecordingJournal.resumedLine(left.lastBytes()));
            opened.line(RecordingJournal.DISCONTINUITY_LINE);
            whole = true;
        } finally {
            if (!whole) {
                opened.close();
            }
        }
        log.info(
                "live {}: recording {} goes on where the last run left it, at {} ms",
                started.entryId(),
                started.recordingId(),
                left.durationMs());
        return opened;
    }

    RecordingStarted started() {
        return started;
    }

    long durationMs() {
        return durationMs;
    }

    long sizeBytes() {
        return earlierBytes + wholeBytes;
    }

    BlobKey lastFile() {
        return files.getLast();
    }

    boolean hasFiles() {
        return !files.isEmpty();
    }

    /// @param leading whether its time counts as the recording's
    /// @param init of all tracks; another one than before begins a new file
    /// @return where in the last file it is
    long write(LiveFragment fragment, boolean leading, byte[] init) throws IOException {
        if (!begun) {
            begin(fragment.startedAt());
        }
        AppendBlob target = file;
        boolean first = files.isEmpty();
        if (target == null || !Arrays.equals(fileInit, init)) {
            target = nextFile(init);
        }
        int length = fragment.bytes().length;
        long offset = wholeBytes;
        line(
                RecordingJournal.fragmentLine(
                        wholeBytes,
                        length,
                        fragment.startMs(),
                        fragment.durationMs(),
                        leading,
                        fragment.independent()));
        RecordingPoint.FRAGMENT_LISTED.reached();
        append(target, fragment.bytes());
        RecordingPoint.FRAGMENT_WRITTEN.reached();
        wholeBytes += length;
        fileHasMedia = true;
        durationMs += leading ? fragment.durationMs() : 0;
        unsynced = true;
        if (first
                || System.nanoTime() - lastSyncNanos
                        >= options.storage().syncInterval().toNanos()) {
            sync();
        }
        return offset;
    }

    private static void append(AppendBlob target, byte[] fragment) throws IOException {
        if (RecordingPoint.FRAGMENT_TORN.isArmed()) {
            int half = fragment.length / 2;
            target.append(ByteBuffer.wrap(fragment, 0, half));
            RecordingPoint.FRAGMENT_TORN.reached();
            target.append(ByteBuffer.wrap(fragment, half, fragment.length - half));
            return;
        }
        target.append(ByteBuffer.wrap(fragment));
    }

    private AppendBlob nextFile(byte[] init) throws IOException {
        closeFile();
        String name = RecordingKeys.fileName(++fileNumber);
        BlobKey key = folder.child(name);
        line(RecordingJournal.fileLine(name, init));
        RecordingPoint.FILE_LISTED.reached();
        AppendBlob opened = blobs.append(key);
        file = opened;
        files.add(key);
        layouts.put(key, Arrays.hashCode(init));
        fileHasMedia = false;
        wholeBytes = 0;
        RecordingPoint.FILE_MADE.reached();
        opened.append(ByteBuffer.wrap(init));
        RecordingPoint.INIT_WRITTEN.reached();
        wholeBytes = init.length;
        fileInit = init;
        if (fileNumber > 1) {
            log.info(
                    "live {}: recording {} goes on in {}",
                    started.entryId(),
                    started.recordingId(),
                    name);
        }
        return opened;
    }

    private void closeFile() throws IOException {
        AppendBlob old = file;
        if (old != null) {
            file = null;
            syncMarker();
            old.sync();
            old.close();
            earlierBytes += wholeBytes;
            wholeBytes = 0;
        }
    }

    void line(String line) throws IOException {
        AppendBlob target = journal;
        String text = line;
        if (target == null) {
            target = blobs.append(folder.child(RecordingJournal.NAME));
            journal = target;
            text = '\n' + line; // what is there may be torn
        }
        try {
            RecordingJournal.append(target, text);
        } catch (IOException e) {
            closeQuietly(target);
            journal = null;
            throw e;
        }
        lastLineNanos = System.nanoTime();
    }

    private void syncMarker() throws IOException {
        AppendBlob open = marker;
        if (!markerUnsynced) {
            return;
        }
        if (open == null) {
            try (BlobWriter again = blobs.create(markerKey())) {
                again.write(markerText());
                again.commit();
            }
        } else {
            try {
                open.sync();
            } catch (IOException e) {
                // A second sync might say yes to bytes that are lost.
                closeQuietly(open);
                marker = null;
                throw e;
            }
        }
        markerUnsynced = false;
    }

    private BlobKey markerKey() {
        return RecordingKeys.openMarker(options.node(), started.recordingId());
    }

    private ByteBuffer markerText() {
        return ByteBuffer.wrap(
                folder.child(RecordingJournal.NAME).value().getBytes(StandardCharsets.UTF_8));
    }

    private void syncJournal() throws IOException {
        AppendBlob target = journal;
        if (target == null) {
            return;
        }
        try {
            target.sync();
        } catch (IOException e) {
            closeQuietly(target);
            journal = null;
            throw e;
        }
    }

    /// Says that this node is there, where nothing else does; also while the media's storage is
    /// full, as a line often still fits.
    void alive() {
        if (System.nanoTime() - lastLineNanos < options.orphans().aliveInterval().toNanos()
                || isFenced()) {
            return;
        }
        try {
            line(RecordingJournal.ALIVE_LINE);
        } catch (IOException e) {
            log.debug("live {}: {}", started.entryId(), e.toString());
        }
    }

    /// Whether the journal stood still for so long that others may be finishing the recording.
    boolean isFenced() {
        return System.nanoTime() - lastLineNanos >= options.orphans().fenceAfter().toNanos();
    }

    void sync() throws IOException {
        AppendBlob media = file;
        if (unsynced && media != null) {
            syncMarker();
            media.sync();
            RecordingPoint.FILE_SYNCED.reached();
            syncJournal();
            RecordingPoint.BOTH_SYNCED.reached();
            unsynced = false;
        }
        lastSyncNanos = System.nanoTime();
    }

    /// Keeps what is whole of the file, if anything is, and lets go of it.
    void breakOff() {
        AppendBlob failed = file;
        file = null;
        fileInit = null;
        unsynced = false;
        if (failed == null) {
            return;
        }
        try {
            if (fileHasMedia && failed.sizeBytes() > wholeBytes) {
                failed.truncate(wholeBytes);
            }
        } catch (IOException | RuntimeException cut) {
            log.warn("live {}: torn tail stays for now: {}", started.entryId(), cut.toString());
            torn.put(failed.key(), wholeBytes);
        }
        closeQuietly(failed);
        if (fileHasMedia) {
            earlierBytes += wholeBytes;
        } else {
            files.remove(failed.key());
            try {
                blobs.delete(failed.key());
            } catch (IOException e) {
                log.warn("live {}: {} stays: {}", started.entryId(), failed.key(), e.toString());
            }
        }
        wholeBytes = 0;
    }

    /// Whether it is open and nothing was ever meant to be in it.
    boolean isUntouched() {
        return !begun;
    }

    /// Removes every trace of a recording that is {@link #isUntouched}.
    void discard() throws IOException {
        close();
        blobs.delete(folder.child(RecordingJournal.NAME));
        blobs.delete(markerKey());
    }

    /// Closes everything with the journal's last line.
    RecordingFinished finish() throws IOException {
        closeFile();
        for (Map.Entry<BlobKey, Long> tail : torn.entrySet()) {
            try (AppendBlob cut = blobs.append(tail.getKey())) {
                if (cut.sizeBytes() > tail.getValue()) {
                    cut.truncate(tail.getValue());
                    cut.sync();
                }
            }
        }
        RecordingPoint.FILE_CLOSED.reached();
        line(RecordingJournal.finalLine(durationMs, earlierBytes));
        RecordingPoint.FINAL_LISTED.reached();
        syncJournal();
        closeQuietly(marker);
        marker = null;
        RecordingPoint.CLOSED.reached();
        return new RecordingFinished(
                started.entryId(),
                started.partnerId(),
                started.recordingId(),
                files,
                files.stream().map(key -> layouts.getOrDefault(key, 0)).toList(),
                durationMs,
                earlierBytes,
                started.startedAt(),
                false);
    }

    /// Lets go of the files, as they are.
    void close() {
        closeQuietly(file);
        closeQuietly(journal);
        closeQuietly(marker);
        file = null;
        journal = null;
        marker = null;
    }

    private static void closeQuietly(@Nullable AppendBlob blob) {
        if (blob != null) {
            try {
                blob.close();
            } catch (IOException e) {
                log.debug("closing {}: {}", blob.key(), e.toString());
            }
        }
    }
}
