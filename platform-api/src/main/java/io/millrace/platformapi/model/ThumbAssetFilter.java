package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which thumbnails.
public class ThumbAssetFilter extends AssetFilter {
    public @Nullable Integer statusEqual;
    public @Nullable String statusIn;
    public @Nullable String statusNotIn;
}
