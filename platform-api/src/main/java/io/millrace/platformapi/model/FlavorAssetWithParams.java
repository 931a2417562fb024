package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A wanted flavor and what became of it.
public class FlavorAssetWithParams extends ApiObject {
    public @Nullable FlavorAsset flavorAsset;
    public @Nullable FlavorParams flavorParams;
    public @Nullable String entryId;
}
