package io.millrace.liveingest.hook;

import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.StreamInfo;

import java.util.Map;

/// Tells the operator's program of streams' ends, and everybody of everything. Thread-safe.
public final class HookedEvents implements LiveEvents {
    private final LiveEvents others;
    private final LiveHooks hooks;

    public HookedEvents(LiveEvents others, LiveHooks hooks) {
        this.others = others;
        this.hooks = hooks;
    }

    @Override
    public void streamStarted(StreamInfo stream) {
        others.streamStarted(stream);
    }

    @Override
    public void streamPlayable(StreamInfo stream) {
        others.streamPlayable(stream);
    }

    @Override
    public void streamInterrupted(StreamInfo stream) {
        others.streamInterrupted(stream);
    }

    @Override
    public void streamResumed(StreamInfo stream) {
        others.streamResumed(stream);
    }

    @Override
    public void streamEnded(StreamInfo stream) {
        others.streamEnded(stream);
        hooks.tell(
                "unpublish",
                Map.of(
                        "stream", stream.entryId(),
                        "name", stream.streamName(),
                        "app", stream.app(),
                        "address", stream.remoteAddress(),
                        "startedAt", stream.startedAt().toString()));
    }
}
