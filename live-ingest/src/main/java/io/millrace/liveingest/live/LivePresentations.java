package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;

/// The streams that this node can show, by entry id; ended ones too, for a while. Thread-safe.
public final class LivePresentations {
    /// 2025-01-01. Media sequence numbers count seconds from here at a stream's start: segments are
    /// longer than a second, so a restarted server, which remembers nothing, still goes forward.
    private static final long SEQUENCE_EPOCH_SECONDS = 1_735_689_600;

    private final ConcurrentHashMap<String, LivePresentation> presentations =
            new ConcurrentHashMap<>();
    private final Clock clock;

    public LivePresentations(Clock clock) {
        this.clock = clock;
    }

    @Nullable LivePresentation get(String entryId) {
        return presentations.get(entryId);
    }

    List<LivePresentation> all() {
        return List.copyOf(presentations.values());
    }

    /// The presentation that a running stream's sources join, made by `maker` (given its first
    /// sequence number) when there is none or it has ended.
    public LivePresentation running(String entryId, LongFunction<LivePresentation> maker) {
        return presentations.compute(
                entryId,
                (_, before) ->
                        before == null || before.isEnded()
                                ? maker.apply(firstSequence(before))
                                : before);
    }

    private long firstSequence(@Nullable LivePresentation before) {
        long byClock = Math.max(1, clock.millis() / 1000 - SEQUENCE_EPOCH_SECONDS);
        return before == null ? byClock : Math.max(byClock, before.sequenceAt(0));
    }

    /// Removes this presentation; a newer one of the same entry stays.
    public void remove(LivePresentation presentation) {
        presentations.remove(presentation.entryId(), presentation);
    }
}
