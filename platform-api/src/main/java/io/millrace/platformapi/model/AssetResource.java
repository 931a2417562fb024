package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A flavor's content.
public class AssetResource extends ContentResource {
    public @Nullable String assetId;
}
