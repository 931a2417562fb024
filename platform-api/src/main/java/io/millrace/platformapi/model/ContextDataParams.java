package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a player says of itself when it asks how to play.
public class ContextDataParams extends ApiObject {
    public @Nullable String referrer;
    public @Nullable String flavorAssetId;
    public @Nullable String flavorTags;
    public @Nullable String streamerType;
    public @Nullable String mediaProtocol;
    public @Nullable String ks;
    public @Nullable String userAgent;
}
