package io.millrace.liveingest.past;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.live.DvrWindow;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LiveTrack;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Keeps the past of one rendition.
///
/// The stream's event loop puts fragments into a bounded queue; a virtual thread writes them and
/// removes what has left the window. Where storage does not keep up, or fails, fragments are lost:
/// a gap in the past and nothing else. It is gone on with at the next segment that storage takes.
final class PastWriter implements LiveOutput {
    private static final Logger log = LoggerFactory.getLogger(PastWriter.class);

    private sealed interface Step {
        record Fragment(LiveFragment fragment, long queuedMs) implements Step {}

        enum Mark implements Step {
            /// The stream has ended.
            END,
            /// Nobody will ask any more.
            CLOSE
        }
    }

    private final PastFiles owner;
    private final String name;
    private final DvrWindow dvr;
    private final PastTrack video;
    private final PastTrack audio;
    private final long maxQueuedMs;
    private final LinkedBlockingQueue<Step> queue = new LinkedBlockingQueue<>();
    private final AtomicLong queuedMs = new AtomicLong();
    private final Thread thread;

    /// The event loop's.
    private boolean hasVideo;

    private boolean losing;

    /// The thread's.
    private boolean troubled;

    private long retryNanos;

    PastWriter(PastFiles owner, String entryId, String rendition, DvrWindow dvr) {
        this.owner = owner;
        this.name = entryId + "_" + rendition;
        this.dvr = dvr;
        video = new PastTrack(owner, entryId, "v" + rendition, dvr);
        audio = new PastTrack(owner, entryId, "a" + rendition, dvr);
        maxQueuedMs = owner.options().maxQueued().toMillis();
        thread = Thread.ofVirtual().name("past-" + name).unstarted(this::run);
    }

    PastWriter start() {
        thread.start();
        return this;
    }

    @Override
    public void tracks(List<LiveTrack> tracks, boolean discontinuity) {
        hasVideo = tracks.stream().anyMatch(LiveTrack::isVideo);
    }

    @Override
    public void fragment(LiveFragment fragment) {
        // The sound of a picture is not more time.
        boolean leading = fragment.track().isVideo() == hasVideo;
        long length = leading ? Math.max(1, fragment.durationMs()) : 1;
        long most = losing ? maxQueuedMs / 2 : maxQueuedMs;
        if (queuedMs.get() + length > most) {
            if (!losing) {
                losing = true;
                owner.metrics().troubles.increment();
                log.warn(
                        "live {}: storage does not take the past; {} ms wait, more is lost",
                        name,
                        queuedMs.get());
            }
            owner.metrics().lost.increment();
            return;
        }
        losing = false;
        queuedMs.addAndGet(length);
        queue.add(new Step.Fragment(fragment, length));
    }

    @Override
    public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {}

    @Override
    public void discontinuity(long segment) {}

    @Override
    public void interrupted() {}

    @Override
    public void ended() {
        queue.add(Step.Mark.END);
    }

    /// Nobody will ask any more: what there is goes now. Any thread.
    void close() {
        queue.add(Step.Mark.CLOSE);
    }

    long queuedMs() {
        return queuedMs.get();
    }

    boolean isDone() {
        return !thread.isAlive();
    }

    void awaitDone(long millis) throws InterruptedException {
        thread.join(Math.max(1, millis));
    }

    private void run() {
        try {
            while (true) {
                switch (queue.take()) {
                    case Step.Fragment(LiveFragment fragment, long length) -> {
                        try {
                            write(fragment);
                        } finally {
                            queuedMs.addAndGet(-length);
                        }
                    }
                    case Step.Mark.END -> {
                        video.close();
                        audio.close();
                        queue.poll(owner.options().linger().toMillis(), TimeUnit.MILLISECONDS);
                        return;
                    }
                    case Step.Mark.CLOSE -> {
                        return;
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("live {}: the past is not kept any more after our own mistake", name, e);
        } finally {
            video.close();
            audio.close();
            video.forgetBefore(Long.MAX_VALUE);
            audio.forgetBefore(Long.MAX_VALUE);
        }
    }

    private void write(LiveFragment fragment) {
        PastTrack track = fragment.track().kind() == TrackKind.VIDEO ? video : audio;
        if (fragment.part() == 0) {
            long oldest = dvr.oldestSegment();
            video.forgetBefore(oldest);
            audio.forgetBefore(oldest);
        }
        if (!track.takes(fragment) || (troubled && System.nanoTime() - retryNanos < 0)) {
            track.close(); // it has a hole here
            owner.metrics().lost.increment();
            return;
        }
        try {
            track.write(fragment);
            if (troubled) {
                troubled = false;
                log.info("live {}: storage takes the past again", name);
            }
        } catch (IOException e) {
            owner.metrics().lost.increment();
            retryNanos = System.nanoTime() + owner.options().retryAfter().toNanos();
            if (!troubled) {
                troubled = true;
                owner.metrics().troubles.increment();
                log.warn("live {}: the past's storage failed: {}", name, e.toString());
            }
        }
    }
}
