package io.millrace.liveingest.play;

import io.netty.util.concurrent.EventExecutor;

import java.util.ArrayList;
import java.util.List;

/// The viewers of one framing of a source whose connections live on one event loop, with what they
/// are sent from. That event loop only, where not marked otherwise.
final class LoopViewers {
    private final FanOutGroup group;
    private final EventExecutor loop;
    private final BatchLog log;
    private final List<Viewer> viewers = new ArrayList<>();
    private boolean ended;

    /// The stream's event loop's: how many are here or on their way.
    int expected;

    /// @param log owned from here on
    LoopViewers(FanOutGroup group, EventExecutor loop, BatchLog log) {
        this.group = group;
        this.loop = loop;
        this.log = log;
    }

    /// Thread-safe.
    EventExecutor loop() {
        return loop;
    }

    BatchLog log() {
        return log;
    }

    /// Thread-safe.
    PlayMetrics metrics() {
        return group.metrics();
    }

    void add(Viewer viewer) {
        if (viewer.isOver()) {
            group.left(this, viewer);
            return;
        }
        viewer.index = viewers.size();
        viewers.add(viewer);
        viewer.joined(this);
        if (ended && !viewer.isOver()) {
            viewer.end();
        }
    }

    void remove(Viewer viewer) {
        int at = viewer.index;
        if (at < 0) {
            return;
        }
        viewer.index = -1;
        Viewer last = viewers.removeLast();
        if (last != viewer) {
            viewers.set(at, last);
            last.index = at;
        }
        group.left(this, viewer);
    }

    /// Takes a reference of each over, and sends them.
    void deliver(Batch[] batches) {
        for (Batch batch : batches) {
            log.add(batch);
        }
        long now = System.nanoTime();
        // Backwards: who leaves meanwhile is replaced by one that had its turn.
        for (int i = viewers.size() - 1; i >= 0; i--) {
            if (i < viewers.size()) {
                viewers.get(i).pump(now);
            }
        }
    }

    void end() {
        ended = true;
        for (Viewer viewer : List.copyOf(viewers)) {
            viewer.end();
        }
    }

    /// Nobody is here or comes any more.
    void close() {
        log.clear();
    }
}
