package io.millrace.platformapi.thumb;

import org.jspecify.annotations.Nullable;

/// A row of `thumb_asset`. Immutable.
public record Thumb(
        String id,
        String entryId,
        int partnerId,
        int status,
        int version,
        boolean isDefault,
        @Nullable String blobKey,
        long sizeBytes,
        int width,
        int height,
        String fileExt,
        @Nullable String description,
        long createdAt,
        long updatedAt) {}
