package io.millrace.delivery.http;

import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/// One tick for all connections of a listener on one event loop: time-outs cost a comparison per
/// connection and second instead of a timer per request. Measures the loop's delay on the way. Its
/// event loop only.
final class LoopSweep {
    private final EventLoop loop;
    private final ListenerState listener;
    private final long periodNs;
    private final ArrayList<Swept> connections = new ArrayList<>();
    private @Nullable ScheduledFuture<?> tick;
    private long dueNs;

    LoopSweep(EventLoop loop, ListenerState listener) {
        this.loop = loop;
        this.listener = listener;
        HttpLimits limits = listener.limits();
        long shortest =
                Math.min(
                        Math.min(limits.headerTime().toNanos(), limits.keepAliveTime().toNanos()),
                        Math.min(
                                limits.bodyRateWindow().toNanos(),
                                limits.writeStallTime().toNanos()));
        periodNs =
                Math.clamp(
                        shortest / 4,
                        TimeUnit.MILLISECONDS.toNanos(5),
                        TimeUnit.SECONDS.toNanos(1));
    }

    void add(Swept connection) {
        connection.sweepIndex(connections.size());
        connections.add(connection);
        if (tick == null) {
            dueNs = System.nanoTime() + periodNs;
            tick = loop.scheduleAtFixedRate(this::tick, periodNs, periodNs, TimeUnit.NANOSECONDS);
        }
    }

    void remove(Swept connection) {
        int index = connection.sweepIndex();
        if (index < 0) {
            return;
        }
        connection.sweepIndex(-1);
        Swept last = connections.removeLast();
        if (last != connection) {
            connections.set(index, last);
            last.sweepIndex(index);
        }
        if (connections.isEmpty() && tick != null) {
            tick.cancel(false);
            tick = null;
        }
    }

    void drain() {
        List.copyOf(connections).forEach(Swept::drain);
    }

    void abort() {
        List.copyOf(connections).forEach(Swept::abort);
    }

    private void tick() {
        long now = System.nanoTime();
        listener.metrics().loopDelay(now - dueNs);
        dueNs = now + periodNs;
        // Backwards: a connection that closes swaps a later, already visited one into its place.
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).sweep(now);
            }
        }
    }
}
