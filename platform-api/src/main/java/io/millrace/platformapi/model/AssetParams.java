package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What an asset should become.
public class AssetParams extends ApiObject {
    @ReadOnly public @Nullable Integer id;
    public @Nullable Integer partnerId;
    public @Nullable String name;
    public @Nullable String systemName;
    public @Nullable String description;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @NullableBoolean public @Nullable Integer isSystemDefault;
    public @Nullable String tags;
}
