package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A live entry that an encoder publishes to.
public class LiveStreamEntry extends LiveEntry {
    @ReadOnly public @Nullable String streamRemoteId;
    @ReadOnly public @Nullable String streamRemoteBackupId;

    /// What is on the air now.
    @ReadOnly public @Nullable List<LiveStreamBitrate> bitrates;

    public @Nullable String primaryBroadcastingUrl;
    public @Nullable String secondaryBroadcastingUrl;
    public @Nullable String primarySecuredBroadcastingUrl;
    public @Nullable String secondarySecuredBroadcastingUrl;
    public @Nullable String primaryRtspBroadcastingUrl;
    public @Nullable String secondaryRtspBroadcastingUrl;
    public @Nullable String streamName;
    public @Nullable String streamUrl;
    public @Nullable String hlsStreamUrl;
    public @Nullable String urlManager;
    public @Nullable String encodingIP1;
    public @Nullable String encodingIP2;
    public @Nullable String streamPassword;
    @ReadOnly public @Nullable String streamUsername;
    @ReadOnly public @Nullable String primaryServerNodeId;
}
