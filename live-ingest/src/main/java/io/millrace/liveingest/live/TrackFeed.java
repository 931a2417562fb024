package io.millrace.liveingest.live;

import io.netty.channel.EventLoop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// What is shown of a track, and who waits for more of it.
///
/// All that wait on one event loop are answered by one task there, however many they are. Shown to
/// on the stream's event loop; {@link #state} is for any thread, {@link #hold} for the exchange's
/// event loop.
final class TrackFeed {
    private static final long TICK_MS = 500;

    private final ConcurrentHashMap<EventLoop, Waiting> waiting = new ConcurrentHashMap<>();
    private volatile TrackState state;

    TrackFeed(TrackState first) {
        state = first;
    }

    TrackState state() {
        return state;
    }

    void show(TrackState next) {
        state = next;
        waiting.values().forEach(Waiting::wake);
    }

    /// Keeps a request until the track has what it waits for, or `deadlineNanos` has passed.
    void hold(EventLoop loop, HeldRequest request, long deadlineNanos) {
        waiting.computeIfAbsent(loop, Waiting::new).add(new Held(request, deadlineNanos));
    }

    private record Held(HeldRequest request, long deadlineNanos) {}

    /// Who waits on one event loop; there only, but for {@link #wake}.
    private final class Waiting {
        private final EventLoop loop;
        private final AtomicBoolean woken = new AtomicBoolean();
        private List<Held> held = new ArrayList<>();
        private volatile boolean any;
        private boolean ticking;

        Waiting(EventLoop loop) {
            this.loop = loop;
        }

        void add(Held request) {
            any = true;
            // Seen after `any` was set: what is shown later wakes it.
            try (var alone = new SharedFragment()) {
                if (request.request().answer(state, alone)) {
                    any = !held.isEmpty();
                    return;
                }
            }
            held.add(request);
            if (!ticking) {
                ticking = true;
                loop.schedule(this::tick, TICK_MS, TimeUnit.MILLISECONDS);
            }
        }

        void wake() {
            if (any && woken.compareAndSet(false, true)) {
                loop.execute(this::answer);
            }
        }

        private void answer() {
            woken.set(false);
            TrackState now = state;
            // A reply may let the next request of its connection in, which may be held at once.
            List<Held> before = held;
            held = new ArrayList<>();
            try (var shared = new SharedFragment()) {
                for (Held each : before) {
                    if (!each.request().isGone() && !each.request().answer(now, shared)) {
                        held.add(each);
                    }
                }
            }
            any = !held.isEmpty();
        }

        private void tick() {
            long now = System.nanoTime();
            List<Held> before = held;
            held = new ArrayList<>();
            for (Held each : before) {
                if (each.request().isGone()) {
                    continue;
                }
                if (now - each.deadlineNanos() >= 0) {
                    each.request().expire();
                } else {
                    held.add(each);
                }
            }
            any = !held.isEmpty();
            ticking = any;
            if (ticking) {
                loop.schedule(this::tick, TICK_MS, TimeUnit.MILLISECONDS);
            }
        }
    }
}
