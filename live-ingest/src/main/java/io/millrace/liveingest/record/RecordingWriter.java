package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.record.Recorder.Step;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The blocking half of a stream's recordings: which recording a fragment goes to, and what happens
/// when storage fails. One virtual thread.
///
/// Nothing is made before the first key frame, so a publisher that never sends one leaves no trace.
/// What the recording needs before its first byte is made while the first fragment is on its way:
/// only what is in a file survives the process. Where a recording is split, sound of the old one's
/// last segment may come after the new one's first picture: both are open until it has.
final class RecordingWriter implements Recorder.Writer {
    private static final Logger log = LoggerFactory.getLogger(RecordingWriter.class);

    /// Sound that is so many segments behind does not come any more.
    private static final int LATE_SEGMENTS = 2;

    /// Who is told of what becomes of recordings.
    interface Listener {
        /// A recording is about to be made.
        void opening(RecordingStarted recording);

        /// It has its first fragment.
        void started(RecordingStarted recording);

        /// Storage failed, or is too slow; the stream goes on.
        void trouble(RecordingStarted recording, String reason);

        /// It takes the recording again.
        void resumed(RecordingStarted recording);

        void finished(RecordingFinished recording);

        /// It is not written any more, finished or not.
        void letGo(RecordingStarted recording);

        /// What the last run left goes on, or does not.
        void left(LeftRecording recording, boolean goesOn);
    }

    private final String entryId;
    private final String partnerId;
    private final BlobStore blobs;
    private final RecordingOptions options;
    private final LiveMetrics metrics;
    private final Listener listener;
    private final RecordedFragments places;

    /// What the first fragment goes on with.
    private @Nullable LeftRecording left;

    private byte @Nullable [] init;
    private @Nullable OpenRecording current;

    /// The one before, until the rest of its sound has come.
    private @Nullable OpenRecording ending;

    /// First segment of the current recording, where `ending` is set.
    private long splitSegment;

    private boolean broken;
    private long brokenUntilNanos;

    RecordingWriter(
            String entryId,
            String partnerId,
            BlobStore blobs,
            RecordingOptions options,
            LiveMetrics metrics,
            Listener listener,
            RecordedFragments places,
            @Nullable LeftRecording left) {
        this.entryId = entryId;
        this.partnerId = partnerId;
        this.blobs = blobs;
        this.options = options;
        this.metrics = metrics;
        this.listener = listener;
        this.places = places;
        this.left = left;
    }

    @Override
    public void run(BlockingQueue<Step> queue, AtomicLong queuedMs) {
        metrics.recordings().incrementAndGet();
        long pauseMs =
                Math.min(
                        options.storage().syncInterval().toMillis(),
                        options.orphans().aliveInterval().toMillis() / 2);
        try {
            while (true) {
                Step step = queue.poll(pauseMs, TimeUnit.MILLISECONDS);
                if (current != null) {
                    current.alive();
                }
                switch (step) {
                    case null -> sync();
                    case Step.Tracks(byte[] newInit) -> {
                        endBefore();
                        init = newInit;
                        prepare();
                    }
                    case Step.Fragment(LiveFragment fragment, boolean leading) -> {
                        try {
                            fragment(fragment, leading);
                        } finally {
                            queuedMs.addAndGet(-Step.queuedMs(fragment, leading));
                        }
                    }
                    case Step.Mark.DISCONTINUITY -> discontinuity();
                    case Step.Mark.LOST -> {
                        discontinuity();
                        trouble("Storage is too slow for the recording.");
                    }
                    case Step.Mark.INTERRUPTED -> {
                        endBefore();
                        sync();
                    }
                    case Step.Mark.END -> {
                        endBefore();
                        end(current);
                        current = null;
                        return;
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("live {}: the recording stopped after our own mistake", entryId, e);
            trouble("The recording stopped after an internal error.");
        } finally {
            metrics.recordings().decrementAndGet();
            letGo(ending);
            letGo(current);
            if (left != null) {
                listener.left(left, false);
            }
        }
    }

    private void sync() {
        OpenRecording recording = current;
        if (recording != null && !broken) {
            try {
                recording.sync();
            } catch (IOException e) {
                breakOff(e);
            }
        }
    }

    private void discontinuity() {
        OpenRecording recording = current;
        if (recording != null && !broken && !recording.isUntouched() && !recording.isFenced()) {
            try {
                recording.line(RecordingJournal.DISCONTINUITY_LINE);
            } catch (IOException e) {
                breakOff(e);
            }
        }
    }

    private void prepare() {
        if (current == null && left == null && !broken) {
            try {
                current = open(Instant.now(), false);
            } catch (IOException e) {
                breakOff(e);
            }
        }
    }

    private void fragment(LiveFragment fragment, boolean leading) {
        boolean wasBroken = broken;
        if (broken) {
            // A new file has to start with a key frame.
            if (System.nanoTime() - brokenUntilNanos < 0 || !leading || !fragment.independent()) {
                metrics.fragmentLost();
                return;
            }
            broken = false;
        }
        byte[] currentInit = init;
        if (currentInit == null) {
            return;
        }
        if (ending != null && isOfTheOneBefore(fragment, leading)) {
            writeBefore(fragment, currentInit);
            return;
        }
        try {
            OpenRecording recording = forFragment(fragment, leading);
            boolean first = !recording.hasFiles();
            long offset = recording.write(fragment, leading, currentInit);
            places.written(fragment, recording.lastFile(), offset);
            metrics.recordedBytes(fragment.bytes().length);
            if (first) {
                listener.started(recording.started());
            }
            if (wasBroken) {
                log.info("live {}: storage takes the recording again", entryId);
                listener.resumed(recording.started());
            }
        } catch (IOException e) {
            metrics.fragmentLost();
            breakOff(e);
        }
    }

    /// The current recording, or a new one where there is none, it is fenced, or it is full.
    private OpenRecording forFragment(LiveFragment fragment, boolean leading) throws IOException {
        OpenRecording recording = current;
        if (recording != null && recording.isFenced()) {
            log.warn(
                    "live {}: recording {} stood still too long; others finish it",
                    entryId,
                    recording.started().recordingId());
            letGo(recording);
            current = null;
            recording = null;
        }
        if (recording != null
                && leading
                && fragment.independent()
                && fragment.part() == 0
                && options.split().isDue(recording.durationMs(), recording.sizeBytes())) {
            OpenRecording next = open(fragment.startedAt(), true);
            endBefore();
            ending = recording;
            splitSegment = fragment.segment();
            current = next;
            return next;
        }
        if (recording == null) {
            recording = resume();
            if (recording == null) {
                recording = open(fragment.startedAt(), false);
            }
            current = recording;
        }
        return recording;
    }

    private @Nullable OpenRecording resume() {
        LeftRecording before = left;
        left = null;
        if (before == null) {
            return null;
        }
        RecordingStarted started = before.started();
        listener.opening(started);
        boolean goesOn = false;
        try {
            OpenRecording recording = OpenRecording.resume(before, blobs, options);
            goesOn = true;
            listener.resumed(started);
            return recording;
        } catch (IOException e) {
            log.warn(
                    "live {}: recording {} cannot go on, another begins: {}",
                    entryId,
                    started.recordingId(),
                    e.toString());
            return null;
        } finally {
            if (!goesOn) {
                listener.letGo(started);
            }
            listener.left(before, goesOn);
        }
    }

    private OpenRecording open(Instant startedAt, boolean split) throws IOException {
        String id = RecordingKeys.newRecordingId(startedAt);
        var started =
                new RecordingStarted(
                        entryId,
                        partnerId,
                        id,
                        RecordingKeys.folder(entryId, id).child(RecordingKeys.fileName(1)),
                        startedAt,
                        split);
        listener.opening(started);
        boolean opened = false;
        try {
            OpenRecording recording = OpenRecording.open(started, blobs, options);
            opened = true;
            return recording;
        } catch (IOException e) {
            if (current == null) {
                listener.trouble(started, "Storage failed: " + e.getMessage());
            }
            throw e;
        } finally {
            if (!opened) {
                listener.letGo(started); // its marker tells of it
            }
        }
    }

    private boolean isOfTheOneBefore(LiveFragment fragment, boolean leading) {
        if (fragment.segment() < splitSegment) {
            return true;
        }
        if (!leading || fragment.segment() >= splitSegment + LATE_SEGMENTS) {
            endBefore();
        }
        return false;
    }

    private void writeBefore(LiveFragment fragment, byte[] currentInit) {
        OpenRecording before = ending;
        if (before == null) {
            return;
        }
        try {
            long offset = before.write(fragment, false, currentInit);
            places.written(fragment, before.lastFile(), offset);
            metrics.recordedBytes(fragment.bytes().length);
        } catch (IOException e) {
            metrics.fragmentLost();
            log.error("live {}: the end of a recording is lost: {}", entryId, e.toString());
            before.breakOff();
            endBefore();
        }
    }

    private void endBefore() {
        OpenRecording before = ending;
        ending = null;
        end(before);
    }

    /// Storage failed: keep what is whole, let go of the file, try again later.
    private void breakOff(IOException e) {
        log.error("live {}: the recording's storage failed: {}", entryId, e.toString());
        broken = true;
        brokenUntilNanos = System.nanoTime() + options.storage().retryAfter().toNanos();
        if (current != null) {
            current.breakOff();
        }
        trouble("Storage failed: " + e.getMessage());
    }

    private void trouble(String reason) {
        metrics.recordingTrouble();
        if (current != null) {
            listener.trouble(current.started(), reason);
        }
    }

    private void end(@Nullable OpenRecording recording) {
        if (recording == null) {
            return;
        }
        try {
            if (recording.isFenced()) {
                log.warn(
                        "live {}: recording {} stood still too long; others finish it",
                        entryId,
                        recording.started().recordingId());
            } else if (recording.hasFiles()) {
                listener.finished(recording.finish());
            } else if (recording.isUntouched()) {
                recording.discard();
            }
        } catch (IOException e) {
            // Its marker stays: it is finished as a dead node's are.
            log.error("live {}: the recording cannot be closed: {}", entryId, e.toString());
            listener.trouble(recording.started(), "Storage failed: " + e.getMessage());
        } finally {
            letGo(recording);
        }
    }

    private void letGo(@Nullable OpenRecording recording) {
        if (recording != null) {
            recording.close();
            listener.letGo(recording.started());
        }
    }
}
