package io.millrace.storage.blob;

import java.time.Instant;

/// What identifies one version of an object's bytes.
///
/// @param identity changes whenever the bytes may have changed (size, modification time, file key);
///   part of ETags and cache keys
public record BlobInfo(BlobKey key, long sizeBytes, Instant lastModified, String identity) {}
