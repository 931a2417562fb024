package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One way to play an entry.
public class PlaybackSource extends ApiObject {
    @ReadOnly public @Nullable String deliveryProfileId;
    @ReadOnly public @Nullable String format;
    @ReadOnly public @Nullable String protocols;
    @ReadOnly public @Nullable String flavorIds;
    @ReadOnly public @Nullable String url;
    @ReadOnly public @Nullable List<DrmPlaybackPluginData> drm;
}
