package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// One rendition of an entry, or its source.
public class FlavorAsset extends Asset {
    @InsertOnly public @Nullable Integer flavorParamsId;
    @ReadOnly public @Nullable Integer width;
    @ReadOnly public @Nullable Integer height;
    @ReadOnly public @Nullable Integer bitrate;
    @ReadOnly public @Nullable Double frameRate;
    @ReadOnly public @Nullable Boolean isOriginal;
    @ReadOnly public @Nullable Boolean isWeb;
    @ReadOnly public @Nullable String containerFormat;
    @ReadOnly public @Nullable String videoCodecId;
    @ReadOnly public @Nullable Integer status;
    public @Nullable String language;
    public @Nullable String label;
    public @Nullable Boolean isDefault;

    /// Ours: how far its conversion is, 0 to 100.
    @ReadOnly public @Nullable Integer conversionProgress;
}
