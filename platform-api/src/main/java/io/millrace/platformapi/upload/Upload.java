package io.millrace.platformapi.upload;

import org.jspecify.annotations.Nullable;

/// A row of `upload_token`. Immutable.
///
/// @param uploadedBytes from offset 0 without a gap
/// @param finalBytes where the final chunk ends, once it has come
public record Upload(
        String id,
        int partnerId,
        @Nullable String userId,
        int status,
        @Nullable String fileName,
        @Nullable Long fileSize,
        long uploadedBytes,
        @Nullable Long finalBytes,
        boolean autoFinalize,
        @Nullable String attachedEntryId,
        @Nullable String attachedAssetId,
        long ingestUntil,
        long createdAt,
        long updatedAt) {
    /// A piece that is stored already.
    public record StoredChunk(String tokenId, long offsetBytes, long sizeBytes, String blobKey) {
        long end() {
            return offsetBytes + sizeBytes;
        }
    }
}
