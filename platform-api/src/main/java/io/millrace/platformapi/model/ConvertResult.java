package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a finished rendition is.
public class ConvertResult extends WorkResult {
    public @Nullable String containerFormat;
    public @Nullable Long durationMs;
    public @Nullable Long sizeBytes;
    public @Nullable Integer bitrateKbps;
    public @Nullable String videoCodec;
    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable Double frameRate;
    public @Nullable String audioCodec;
    public @Nullable Integer audioChannels;
}
