package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A still picture of an entry.
public class ThumbAsset extends Asset {
    @InsertOnly public @Nullable Integer thumbParamsId;
    @ReadOnly public @Nullable Integer width;
    @ReadOnly public @Nullable Integer height;
    @ReadOnly public @Nullable Integer status;
}
