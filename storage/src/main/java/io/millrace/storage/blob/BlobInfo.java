package io.millrace.storage.blob;

import java.time.Instant;

/// What identifies one version of an object's bytes.
///
/// @param key the object's name: a {@link BlobKey} of a store, any relative path of a {@link
///   LocalFolder}; for messages and cache keys
/// @param identity changes whenever the bytes may have changed (size, modification time, file key);
///   part of ETags and cache keys
public record BlobInfo(String key, long sizeBytes, Instant lastModified, String identity) {
    public BlobInfo(BlobKey key, long sizeBytes, Instant lastModified, String identity) {
        this(key.value(), sizeBytes, lastModified, identity);
    }
}
