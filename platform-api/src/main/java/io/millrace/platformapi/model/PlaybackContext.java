package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How to play an entry (kaltura-v3 d.4).
public class PlaybackContext extends ApiObject {
    @ReadOnly public @Nullable List<PlaybackSource> sources;
    @ReadOnly public @Nullable List<CaptionPlaybackPluginData> playbackCaptions;
    @ReadOnly public @Nullable List<FlavorAsset> flavorAssets;
    @ReadOnly public @Nullable List<RuleAction> actions;
    @ReadOnly public @Nullable List<AccessControlMessage> messages;
    @ReadOnly public @Nullable List<BumperData> bumperData;
}
