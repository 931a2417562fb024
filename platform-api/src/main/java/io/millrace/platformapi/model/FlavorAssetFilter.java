package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which flavors.
public class FlavorAssetFilter extends AssetFilter {
    public @Nullable Integer flavorParamsIdEqual;
    public @Nullable String flavorParamsIdIn;
    public @Nullable Integer statusEqual;
    public @Nullable String statusIn;
    public @Nullable String statusNotIn;
}
