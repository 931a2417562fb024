package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which assets.
public class AssetFilter extends Filter {
    public @Nullable String idEqual;
    public @Nullable String idIn;
    public @Nullable String entryIdEqual;
    public @Nullable String entryIdIn;
    public @Nullable Integer partnerIdEqual;
    public @Nullable String partnerIdIn;
    public @Nullable Integer sizeGreaterThanOrEqual;
    public @Nullable Integer sizeLessThanOrEqual;
    public @Nullable String tagsLike;
    public @Nullable String tagsMultiLikeOr;
    public @Nullable String tagsMultiLikeAnd;
    @Time public @Nullable Long createdAtGreaterThanOrEqual;
    @Time public @Nullable Long createdAtLessThanOrEqual;
    @Time public @Nullable Long updatedAtGreaterThanOrEqual;
    @Time public @Nullable Long updatedAtLessThanOrEqual;
}
