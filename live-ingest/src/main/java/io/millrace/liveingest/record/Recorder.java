package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.stream.LiveMetrics;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Writes a stream's parts into shared storage as they are made.
///
/// The stream's event loop puts parts into a bounded queue; a virtual thread writes them. When
/// storage does not keep up, the queue's bound is reached, parts are lost to the recording, its
/// owner is told, and the live stream goes on undisturbed; the recording resumes with a new file
/// when storage is back.
public final class Recorder implements LiveOutput {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    /// What the event loop tells the writer.
    sealed interface Step {
        record Tracks(byte[] init) implements Step {}

        record Fragment(LiveFragment fragment, boolean leading) implements Step {}

        /// What a fragment counts for in the queue: the sound of a picture is not more time, and
        /// what has no length is not without bound.
        static long queuedMs(LiveFragment fragment, boolean leading) {
            return leading ? Math.max(1, fragment.durationMs()) : 1;
        }

        enum Mark implements Step {
            DISCONTINUITY,
            INTERRUPTED,
            /// Parts were lost before this.
            LOST,
            END
        }
    }

    private final String entryId;
    private final LiveMetrics metrics;
    private final long maxQueuedMs;
    private final LinkedBlockingQueue<Step> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedMs = new AtomicLong();
    private boolean losing;
    private boolean hasVideo;
    private final Thread thread;

    /// Works off what is put into the queue, until {@link Step.Mark#END}.
    @FunctionalInterface
    interface Writer {
        void run(BlockingQueue<Step> queue, AtomicLong queuedMs);
    }

    Recorder(String entryId, RecordingOptions options, LiveMetrics metrics, Writer writer) {
        this.entryId = entryId;
        this.metrics = metrics;
        this.maxQueuedMs = options.storage().maxQueued().toMillis();
        thread =
                Thread.ofVirtual()
                        .name("recorder-" + entryId)
                        .start(() -> writer.run(queue, queuedMs));
    }

    @Override
    public void tracks(List<LiveTrack> tracks, boolean discontinuity) {
        hasVideo = tracks.stream().anyMatch(LiveTrack::isVideo);
        queue.add(new Step.Tracks(LiveTrack.init(tracks)));
        if (discontinuity) {
            queue.add(Step.Mark.DISCONTINUITY);
        }
    }

    @Override
    public void fragment(LiveFragment fragment) {
        boolean leading = fragment.track().isVideo() == hasVideo;
        long length = Step.queuedMs(fragment, leading);
        if (losing && queuedMs.get() > maxQueuedMs / 2) {
            metrics.fragmentLost();
            return;
        }
        if (queuedMs.get() + length > maxQueuedMs) {
            if (!losing) {
                losing = true;
                log.error(
                        "live {}: storage does not take the recording; {} ms wait, more is lost",
                        entryId,
                        queuedMs.get());
                queue.add(Step.Mark.LOST);
            }
            metrics.fragmentLost();
            return;
        }
        losing = false;
        queuedMs.addAndGet(length);
        queue.add(new Step.Fragment(fragment, leading));
    }

    @Override
    public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {}

    @Override
    public void discontinuity(long segment) {
        queue.add(Step.Mark.DISCONTINUITY);
    }

    @Override
    public void interrupted() {
        queue.add(Step.Mark.INTERRUPTED);
    }

    @Override
    public void ended() {
        queue.add(Step.Mark.END);
    }

    /// Whether the last step has been written (or given up).
    boolean isDone() {
        return !thread.isAlive();
    }

    void awaitDone(long millis) throws InterruptedException {
        thread.join(Math.max(1, millis));
    }
}
