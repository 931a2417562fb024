package io.millrace.liveingest.gate;

import io.millrace.liveingest.gate.PlayGate.Verdict;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// Who watches one stream by requests. {@link #watches} takes no lock and is for any thread; all
/// else is under this object's lock.
final class StreamViewers {
    /// Playlists are asked for again within a target duration or two.
    private static final Duration SILENT = Duration.ofSeconds(15);

    private static final long MAKES_ROOM_EVERY_NANOS = 1_000_000_000;

    private final ConcurrentHashMap<Watcher, Leave> leaves = new ConcurrentHashMap<>();
    private final PlaylistGate.Limits limits;
    private final AtomicInteger remembered;
    private boolean gone;
    private long madeRoomNanos;

    /// @param remembered counts viewers of all streams
    StreamViewers(PlaylistGate.Limits limits, AtomicInteger remembered, long nowNanos) {
        this.limits = limits;
        this.remembered = remembered;
        this.madeRoomNanos = nowNanos - MAKES_ROOM_EVERY_NANOS;
    }

    /// Whether this viewer may watch; if so, he does.
    boolean watches(Watcher viewer, long nowNanos) {
        Leave leave = leaves.get(viewer);
        return leave != null && leave.watches(nowNanos);
    }

    /// Nobody was left, and nobody may be added: another takes its place.
    boolean isGone() {
        return gone;
    }

    /// What holds of this viewer at this moment.
    @Nullable Leave of(Watcher viewer, long nowNanos) {
        Leave leave = leaves.get(viewer);
        return leave != null && leave.holds(nowNanos) ? leave : null;
    }

    /// What a viewer came with who was not refused, stopped asking, and now comes without; empty
    /// when nothing is known.
    Map<String, String> lapsed(Watcher viewer) {
        Leave leave = viewer.parameters().isEmpty() ? leaves.get(viewer) : null;
        return leave == null ? Map.of() : leave.parameters();
    }

    /// Adds a viewer who is to be asked about; null when there is no room.
    ///
    /// @param parameters that he came with
    @Nullable Leave add(Watcher viewer, Map<String, String> parameters, long nowNanos) {
        if (isFull() && nowNanos - madeRoomNanos >= MAKES_ROOM_EVERY_NANOS) {
            madeRoomNanos = nowNanos;
            forget(leave -> leave.isRefusal() || leave.isSilent(SILENT, nowNanos));
        }
        if (isFull()) {
            return null;
        }
        var leave = new Leave(parameters);
        put(viewer, leave);
        if (!viewer.parameters().isEmpty()) {
            // What the playlist names may be asked for without them.
            Watcher plain = viewer.withoutParameters();
            Leave known = of(plain, nowNanos);
            if (known == null || known.isRefusal()) {
                put(plain, leave);
            }
        }
        return leave;
    }

    private boolean isFull() {
        return leaves.size() >= limits.viewersOfStream() || remembered.get() >= limits.viewers();
    }

    private void put(Watcher viewer, Leave leave) {
        if (leaves.put(viewer, leave) == null) {
            remembered.incrementAndGet();
        }
    }

    /// @return who waited for it
    List<Waiting> answer(Watcher viewer, Leave leave, Verdict verdict, long nowNanos) {
        List<Waiting> waiting = leave.answer(verdict, nowNanos);
        if (!viewer.parameters().isEmpty() && !gone) {
            Watcher plain = viewer.withoutParameters();
            if (verdict instanceof Verdict.Allowed) {
                Leave known = of(plain, nowNanos);
                if (known == null || known.verdict() != null) {
                    put(plain, leave);
                }
            } else if (leaves.remove(plain, leave)) {
                remembered.decrementAndGet();
            }
        }
        return waiting;
    }

    /// Forgets what is of no use any more.
    ///
    /// @return whether nobody is left
    boolean sweep(long nowNanos) {
        forget(leave -> !leave.isWorthKeeping(nowNanos));
        gone = leaves.isEmpty();
        return gone;
    }

    private void forget(Predicate<Leave> whom) {
        Iterator<Map.Entry<Watcher, Leave>> all = leaves.entrySet().iterator();
        while (all.hasNext()) {
            if (whom.test(all.next().getValue())) {
                all.remove();
                remembered.decrementAndGet();
            }
        }
    }
}
