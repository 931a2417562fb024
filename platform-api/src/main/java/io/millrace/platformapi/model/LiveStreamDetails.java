package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a player asks of a live stream before it plays.
public class LiveStreamDetails extends ApiObject {
    @ReadOnly public @Nullable Integer primaryStreamStatus;
    @ReadOnly public @Nullable Integer secondaryStreamStatus;
    @ReadOnly public @Nullable Integer viewMode;
    @ReadOnly public @Nullable Boolean wasBroadcast;

    /// 1 offline, 2 preview, 3 live.
    @ReadOnly public @Nullable Integer broadcastStatus;
}
