package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which flavors an entry is to have.
public class ConversionProfile extends ApiObject {
    @ReadOnly public @Nullable Integer id;
    @ReadOnly public @Nullable Integer partnerId;
    @NumericString public @Nullable String status;
    @InsertOnly @NumericString public @Nullable String type;
    public @Nullable String name;
    public @Nullable String systemName;
    public @Nullable String tags;
    public @Nullable String description;
    public @Nullable String defaultEntryId;
    @ReadOnly @Time public @Nullable Long createdAt;
    public @Nullable String flavorParamsIds;
    @NullableBoolean public @Nullable Integer isDefault;
    @ReadOnly public @Nullable Boolean isPartnerDefault;
    public @Nullable Integer storageProfileId;
}
