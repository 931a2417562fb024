package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A file that belongs to an entry.
public class Asset extends ApiObject {
    @ReadOnly public @Nullable String id;
    @ReadOnly public @Nullable String entryId;
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable String version;
    @ReadOnly public @Nullable Integer size;
    @ReadOnly public @Nullable Double sizeInBytes;
    public @Nullable String tags;
    @InsertOnly public @Nullable String fileExt;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @Time public @Nullable Long updatedAt;
    @ReadOnly @Time public @Nullable Long deletedAt;
    @ReadOnly public @Nullable String description;
    public @Nullable String partnerData;
    public @Nullable String partnerDescription;
    @ReadOnly public @Nullable String actualSourceAssetParamsIds;
}
