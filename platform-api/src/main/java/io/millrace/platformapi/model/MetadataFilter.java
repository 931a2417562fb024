package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which custom metadata.
public class MetadataFilter extends Filter {
    public @Nullable Integer partnerIdEqual;
    public @Nullable Integer metadataProfileIdEqual;
    public @Nullable String metadataObjectTypeEqual;
    public @Nullable String objectIdEqual;
    public @Nullable String objectIdIn;
}
