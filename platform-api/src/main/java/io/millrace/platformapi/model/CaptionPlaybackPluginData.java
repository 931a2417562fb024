package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A caption track that a player may offer.
public class CaptionPlaybackPluginData extends ApiObject {
    @ReadOnly public @Nullable String label;
    @ReadOnly public @Nullable String format;
    @ReadOnly public @Nullable String language;
    @ReadOnly public @Nullable String languageCode;
    @ReadOnly public @Nullable String webVttUrl;
    @ReadOnly public @Nullable String url;
}
