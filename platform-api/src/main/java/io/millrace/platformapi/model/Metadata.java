package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Custom metadata of an object.
public class Metadata extends ApiObject {
    @ReadOnly public @Nullable Integer id;
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable Integer metadataProfileId;
    @ReadOnly public @Nullable String metadataObjectType;
    @ReadOnly public @Nullable String objectId;
    @ReadOnly public @Nullable String xml;
}
