package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.time.Instant;

/// @param recordingId unique for all time, `[A-Za-z0-9-]+`
/// @param firstBlobKey the fragmented MP4 that grows
public record RecordingStarted(
        String entryId,
        String partnerId,
        String recordingId,
        BlobKey firstBlobKey,
        Instant startedAt) {}
