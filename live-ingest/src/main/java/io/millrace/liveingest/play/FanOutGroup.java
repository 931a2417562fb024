package io.millrace.liveingest.play;

import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.StreamSubscriber;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// Everybody who watches one source in one framing.
///
/// Units are framed into a batch as they come: copied once, whatever the number of viewers. A batch
/// goes out when its time is over (a timer runs only while something waits), when it is large, and
/// at once when it begins with a key frame or the viewers are few. Each event loop gets it in one
/// task. Its stream's event loop only.
final class FanOutGroup implements StreamSubscriber {
    private static final Logger log = LoggerFactory.getLogger(FanOutGroup.class);
    private static final int LARGE_BATCH_BYTES = 192 << 10;

    /// What framing adds to a unit, at most: headers of tags and of chunks.
    private static final int FRAMING_BYTES = 64;

    /// Where there is no video, a viewer can start after so much.
    private static final long AUDIO_START_MS = 1000;

    private final LiveSource source;
    private final TagFraming framing;
    private final EventExecutor streamLoop;
    private final long batchMs;
    private final PlayMetrics metrics;
    private final Runnable onEmpty;
    private final ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    private final BatchLog batches = new BatchLog();
    private final Map<EventExecutor, LoopViewers> loops = new IdentityHashMap<>();
    private final List<Batch> ready = new ArrayList<>(2);
    private int viewers;
    private volatile int people;
    private @Nullable StreamTracks tracks;
    private boolean replaying;
    private boolean ended;

    private @Nullable ByteBuf open;
    private Batch.@Nullable Start openStart;
    private long openFirstMs;
    private long openLastMs;
    private long lastStartMs = Long.MIN_VALUE;
    private int lastBytes = 4096;
    private boolean timerRuns;

    /// @param onEmpty run when the last viewer has left
    FanOutGroup(
            LiveSource source,
            TagFraming framing,
            PlayOptions options,
            PlayMetrics metrics,
            Runnable onEmpty) {
        this.source = source;
        this.framing = framing;
        this.streamLoop = source.stream().loop();
        this.batchMs = options.batch().toMillis();
        this.metrics = metrics;
        this.onEmpty = onEmpty;
    }

    /// Thread-safe.
    PlayMetrics metrics() {
        return metrics;
    }

    /// Viewers but for other nodes. Thread-safe.
    int people() {
        return people;
    }

    /// Follows the source; what it has since the last key frame comes now.
    void start() {
        replaying = true;
        source.subscribe(this);
        replaying = false;
        close(true);
    }

    void join(Viewer viewer) {
        assert streamLoop.inEventLoop();
        viewers++;
        if (!viewer.isNode()) {
            people++;
        }
        metrics.joined(viewer.isNode());
        LoopViewers there =
                loops.computeIfAbsent(
                        viewer.loop(), loop -> new LoopViewers(this, loop, batches.copy()));
        there.expected++;
        run(there.loop(), () -> there.add(viewer));
        if (ended) {
            run(there.loop(), there::end);
        }
    }

    /// A viewer of that loop is gone. Thread-safe.
    void left(LoopViewers there, Viewer viewer) {
        try {
            // Never at once: a viewer may leave while it is sent something.
            streamLoop.execute(() -> hasLeft(there, viewer.isNode()));
        } catch (RejectedExecutionException _) {
            log.debug("an event loop is gone");
        }
    }

    private void hasLeft(LoopViewers there, boolean node) {
        viewers--;
        if (!node) {
            people--;
        }
        metrics.left(node);
        if (--there.expected == 0) {
            loops.remove(there.loop(), there);
            run(there.loop(), there::close);
        }
        if (viewers == 0) {
            stop();
        }
    }

    LiveSource source() {
        return source;
    }

    private void stop() {
        source.unsubscribe(this);
        if (open != null) {
            open.release();
            open = null;
        }
        releaseStart();
        batches.clear();
        onEmpty.run();
    }

    @Override
    public void tracks(StreamTracks changed, boolean discontinuity) {
        StreamTracks before = tracks;
        StreamTracks now = before == null ? changed : changed.resettingColors(before);
        tracks = now;
        lastStartMs = Long.MIN_VALUE;
        if (before != null) {
            // In mid stream the configurations go before the next unit, whose time is not known
            // yet;
            // they take effect where they stand.
            framing.configuration(now, openLastMs, room(1024));
        }
    }

    @Override
    public void unit(AccessUnit unit) {
        StreamTracks now = tracks;
        Configured track = now == null ? null : unit.isVideo() ? now.video() : now.audio();
        if (now == null || track == null) {
            return;
        }
        long time = unit.decodeTimeMs();
        boolean start =
                now.video() != null
                        ? unit.isVideo() && unit.keyFrame()
                        : lastStartMs == Long.MIN_VALUE || time - lastStartMs >= AUDIO_START_MS;
        if (start) {
            begin(now, time);
        }
        ByteBuf out = room(unit.data().readableBytes() + FRAMING_BYTES);
        framing.unit(track.codec(), unit, out);
        openFirstMs = Math.min(openFirstMs, time);
        openLastMs = Math.max(openLastMs, time);
        if (replaying) {
            if (out.readableBytes() >= LARGE_BATCH_BYTES) {
                close(false);
            }
        } else if (start
                || batchMs == 0
                || viewers <= PlayOptions.FEW_VIEWERS
                || out.readableBytes() >= LARGE_BATCH_BYTES) {
            close(true);
        } else if (!timerRuns) {
            timerRuns = true;
            streamLoop.schedule(this::timeIsOver, batchMs, TimeUnit.MILLISECONDS);
        }
    }

    private void timeIsOver() {
        timerRuns = false;
        close(true);
    }

    /// The next unit begins a batch that viewers can start with.
    private void begin(StreamTracks now, long time) {
        close(false);
        lastStartMs = time;
        ByteBuf opening = SharedPiece.open(allocator, 64);
        framing.opening(now, opening);
        SharedPiece openingPiece = null;
        if (opening.isReadable()) {
            openingPiece = SharedPiece.of(opening);
        } else {
            opening.release();
        }
        ByteBuf configuration = SharedPiece.open(allocator, 1024);
        framing.configuration(now, time, configuration);
        openStart = new Batch.Start(now, openingPiece, SharedPiece.of(configuration));
    }

    /// Where the next bytes of the open batch go.
    private ByteBuf room(int bytes) {
        ByteBuf out = open;
        if (out == null) {
            out = SharedPiece.open(allocator, Math.max(bytes, lastBytes));
            open = out;
            openFirstMs = Long.MAX_VALUE;
        }
        return out;
    }

    /// Ends the open batch, if there is one.
    ///
    /// @param send whether what is ready goes out
    private void close(boolean send) {
        ByteBuf out = open;
        if (out != null) {
            open = null;
            lastBytes = out.readableBytes();
            long firstMs = Math.min(openFirstMs, openLastMs);
            var batch = new Batch(SharedPiece.of(out), firstMs, openLastMs, openStart);
            openStart = null;
            batches.add(batch);
            if (!loops.isEmpty()) {
                ready.add(batch.retain());
            }
            metrics.batch();
        }
        if (send && !ready.isEmpty()) {
            deliver();
        }
    }

    private void deliver() {
        Batch[] all = ready.toArray(new Batch[0]);
        ready.clear();
        for (LoopViewers there : loops.values()) {
            for (Batch batch : all) {
                batch.retain();
            }
            run(there.loop(), () -> there.deliver(all));
        }
        for (Batch batch : all) {
            batch.release();
        }
    }

    private void releaseStart() {
        if (openStart != null) {
            openStart.configuration().release();
            if (openStart.opening() != null) {
                openStart.opening().release();
            }
            openStart = null;
        }
    }

    @Override
    public void clockJumped() {}

    @Override
    public void interrupted() {
        close(true);
    }

    @Override
    public void ended() {
        close(true);
        ended = true;
        for (LoopViewers there : loops.values()) {
            run(there.loop(), there::end);
        }
    }

    private static void run(EventExecutor loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException _) {
            log.debug("an event loop is gone");
        }
    }
}
