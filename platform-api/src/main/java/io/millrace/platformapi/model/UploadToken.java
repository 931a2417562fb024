package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// One resumable upload (kaltura-v3 c.5).
public class UploadToken extends ApiObject {
    @ReadOnly public @Nullable String id;
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable String userId;
    @ReadOnly public @Nullable Integer status;
    @InsertOnly public @Nullable String fileName;
    @InsertOnly public @Nullable Double fileSize;
    @ReadOnly public @Nullable Double uploadedFileSize;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @Time public @Nullable Long updatedAt;
    @ReadOnly public @Nullable String uploadUrl;
    @InsertOnly @NullableBoolean public @Nullable Integer autoFinalize;
    @ReadOnly public @Nullable String attachedObjectType;
    @ReadOnly public @Nullable String attachedObjectId;
}
