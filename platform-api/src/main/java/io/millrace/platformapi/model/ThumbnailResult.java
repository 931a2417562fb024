package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a finished thumbnail is.
public class ThumbnailResult extends WorkResult {
    public @Nullable Integer width;
    public @Nullable Integer height;
    public @Nullable Long sizeBytes;
}
