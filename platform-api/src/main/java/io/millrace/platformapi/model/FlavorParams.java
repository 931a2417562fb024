package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a flavor should become (kaltura-v3 c.3).
public class FlavorParams extends AssetParams {
    public @Nullable String videoCodec;
    public @Nullable Integer videoBitrate;
    public @Nullable String audioCodec;
    public @Nullable Integer audioBitrate;
    public @Nullable Integer audioChannels;
    public @Nullable Integer audioSampleRate;
    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable Double frameRate;
    public @Nullable Integer gopSize;
    public @Nullable String conversionEngines;
    public @Nullable String format;
}
