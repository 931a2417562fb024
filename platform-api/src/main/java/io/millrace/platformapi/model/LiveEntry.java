package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// An entry whose content is being made now.
public abstract class LiveEntry extends MediaEntry {
    public @Nullable String offlineMessage;
    public @Nullable Integer recordStatus;
    public @Nullable Integer dvrStatus;
    public @Nullable Integer dvrWindow;
    public @Nullable Double lastElapsedRecordingTime;
    public @Nullable List<LiveStreamConfiguration> liveStreamConfigurations;
    public @Nullable String recordedEntryId;
    public @Nullable Integer pushPublishEnabled;
    @ReadOnly @Time public @Nullable Long firstBroadcast;
    @ReadOnly @Time public @Nullable Long lastBroadcast;
    @ReadOnly @Time public @Nullable Long lastBroadcastEndTime;
    public @Nullable Double currentBroadcastStartTime;
    public @Nullable LiveEntryRecordingOptions recordingOptions;
    @ReadOnly public @Nullable Integer liveStatus;
    public @Nullable Integer segmentDuration;
    @NullableBoolean public @Nullable Integer explicitLive;
    public @Nullable Integer viewMode;
    public @Nullable Integer recordingStatus;
    public @Nullable Long broadcastTime;
}
