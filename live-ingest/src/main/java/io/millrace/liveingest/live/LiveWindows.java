package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;

/// The windows of all streams of this node, by entry id; of ended streams too, for a while.
/// Thread-safe.
public final class LiveWindows {
    /// 2025-01-01. Media sequence numbers count seconds from here at a stream's start: segments are
    /// longer than a second, so a restarted server, which remembers nothing, still goes forward.
    private static final long SEQUENCE_EPOCH_SECONDS = 1_735_689_600;

    private final ConcurrentHashMap<String, LiveWindow> windows = new ConcurrentHashMap<>();
    private final Clock clock;

    public LiveWindows(Clock clock) {
        this.clock = clock;
    }

    @Nullable LiveWindow get(String entryId) {
        return windows.get(entryId);
    }

    /// Where a new window of this entry starts to count.
    public long firstSequence(String entryId) {
        long byClock = Math.max(1, clock.millis() / 1000 - SEQUENCE_EPOCH_SECONDS);
        LiveWindow before = windows.get(entryId);
        return before == null ? byClock : Math.max(byClock, before.sequenceAfter());
    }

    public void put(LiveWindow window) {
        windows.put(window.entryId(), window);
    }

    /// Removes this window; a newer one of the same entry stays.
    public void remove(LiveWindow window) {
        windows.remove(window.entryId(), window);
    }
}
