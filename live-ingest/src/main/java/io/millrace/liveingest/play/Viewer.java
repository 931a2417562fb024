package io.millrace.liveingest.play;

import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.stream.StreamTracks;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/// One who watches: where its bytes go, and where it is in the stream.
///
/// A viewer starts at the newest key frame. Once it has had all there was, it may lag behind by
/// {@link PlayOptions#MAX_LAG_MS} of media; then it skips, and goes on at the next key frame. One
/// whose connection takes nothing at all is closed. Its connection's event loop only.
public abstract class Viewer {
    private static final long WAITING = -1;

    private final EventExecutor loop;
    private long next = WAITING;

    /// No start before this one will do.
    private long earliestStart;

    /// What was last found to be acceptable.
    private @Nullable StreamTracks tracks;

    private boolean opened;
    private boolean configured;
    private boolean caughtUp;
    private boolean pumping;
    private boolean ending;
    private boolean over;
    private long progressNanos = System.nanoTime();
    private @Nullable LoopViewers among;
    int index = -1;

    protected Viewer(EventExecutor loop) {
        this.loop = loop;
    }

    /// Thread-safe.
    public final EventExecutor loop() {
        return loop;
    }

    /// Whether it is a node that has viewers of its own, and counts them. Thread-safe.
    protected boolean isNode() {
        return false;
    }

    /// Whether the connection keeps up.
    protected abstract boolean isWritable();

    /// Whether it can play these; when not, it has closed the connection.
    protected boolean accepts(StreamTracks tracks) {
        return true;
    }

    /// Hands over without flushing; borrows.
    protected abstract void write(SharedPiece piece);

    protected abstract void flush();

    /// Calls {@link #writable} as soon as the connection keeps up again.
    protected abstract void awaitWritable();

    /// Nothing follows: the stream has ended.
    protected abstract void finish();

    /// Closes the connection, which keeps up too badly.
    protected abstract void abandon(String why);

    /// The connection is gone, or wants no more. To be told once at least; nothing is called after.
    public final void left() {
        if (!over) {
            over = true;
            if (among != null) {
                among.remove(this);
            }
        }
    }

    /// The connection keeps up again.
    public final void writable() {
        if (!over) {
            pump(System.nanoTime());
        }
    }

    final boolean isOver() {
        return over;
    }

    final void joined(LoopViewers viewers) {
        among = viewers;
        progressNanos = System.nanoTime();
        pump(progressNanos);
    }

    /// The stream has ended: what waits still goes out.
    final void end() {
        ending = true;
        if (among == null) {
            left();
            finish();
            return;
        }
        pump(System.nanoTime());
        if (!over) {
            loop.schedule(
                    () -> {
                        if (!over) {
                            giveUp("it did not take the end of its stream");
                        }
                    },
                    PlayOptions.STUCK_MS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /// Sends what there is, as far as the connection keeps up.
    final void pump(long nowNanos) {
        LoopViewers here = among;
        if (pumping || over || here == null) {
            return;
        }
        BatchLog log = here.log();
        pumping = true;
        try {
            place(log, here.metrics());
            boolean open = isWritable();
            long sent = 0;
            while (next != WAITING && next < log.end() && open) {
                sent += send(log);
                if (over) {
                    return;
                }
                flush();
                if (over) {
                    return;
                }
                open = isWritable();
            }
            if (sent > 0) {
                here.metrics().sent(sent);
            }
            if (open) {
                progressNanos = nowNanos;
            }
            if (next == log.end()) {
                caughtUp = true;
            } else if (next != WAITING) {
                awaitWritable();
            }
        } finally {
            pumping = false;
        }
        settle(log, nowNanos);
    }

    private void settle(BatchLog log, long nowNanos) {
        if (over) {
            return;
        }
        if (ending && (next == WAITING || next == log.end())) {
            left();
            finish();
        } else if (nowNanos - progressNanos > PlayOptions.STUCK_MS * 1_000_000) {
            giveUp("it took nothing for " + PlayOptions.STUCK_MS / 1000 + " s");
        }
    }

    private void giveUp(String why) {
        if (among != null) {
            among.metrics().slowViewerClosed();
        }
        left();
        abandon(why);
    }

    /// Where to go on.
    private void place(BatchLog log, PlayMetrics metrics) {
        if (next != WAITING && isTooFarBehind(log)) {
            metrics.viewerSkipped();
            next = WAITING;
            configured = false;
            earliestStart = caughtUp ? log.end() : 0;
        }
        long start = log.newestStart();
        if (next == WAITING && start >= earliestStart && start >= 0) {
            if (caughtUp && log.endMs() - log.get(start).firstTimeMs() > PlayOptions.MAX_LAG_MS) {
                return;
            }
            next = start;
        }
    }

    private boolean isTooFarBehind(BatchLog log) {
        if (next < log.first()) {
            return true;
        }
        if (!caughtUp || next == log.end()) {
            return false;
        }
        return log.endMs() - log.get(next).firstTimeMs() > PlayOptions.MAX_LAG_MS
                || log.bytesFrom(next) > PlayOptions.MAX_LAG_BYTES;
    }

    /// Hands over batches until the connection has enough for now.
    ///
    /// @return how many bytes
    private long send(BatchLog log) {
        long sent = 0;
        do {
            Batch batch = log.get(next);
            Batch.Start start = batch.start();
            if (start != null && start.tracks() != tracks) {
                tracks = start.tracks();
                if (!accepts(start.tracks())) {
                    left();
                    return sent;
                }
            }
            if (!configured && start != null) {
                SharedPiece opening = start.opening();
                if (!opened && opening != null) {
                    write(opening);
                }
                opened = true;
                configured = true;
                write(start.configuration());
            }
            write(batch.tags());
            sent += batch.bytes();
            next++;
        } while (next < log.end() && isWritable());
        return sent;
    }
}
