package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A video, a sound or a picture.
public class MediaEntry extends PlayableEntry {
    @InsertOnly
    @EnumOf(MediaType.class)
    public @Nullable Integer mediaType;

    @InsertOnly public @Nullable String conversionQuality;
    @InsertOnly @NumericString public @Nullable String sourceType;
    @InsertOnly public @Nullable String sourceVersion;
    @InsertOnly public @Nullable Integer searchProviderType;
    @InsertOnly public @Nullable String searchProviderId;
    public @Nullable String creditUserName;
    public @Nullable String creditUrl;
    @ReadOnly @Time public @Nullable Long mediaDate;
    @ReadOnly public @Nullable String dataUrl;
    @ReadOnly public @Nullable String flavorParamsIds;
    @ReadOnly public @Nullable Boolean isTrimDisabled;
}
