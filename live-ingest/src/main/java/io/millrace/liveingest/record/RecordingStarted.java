package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.time.Instant;

/// @param recordingId unique for all time, `[A-Za-z0-9-]+`
/// @param firstBlobKey the fragmented MP4 that grows
/// @param split whether it goes on where another was ended for its length or size
public record RecordingStarted(
        String entryId,
        String partnerId,
        String recordingId,
        BlobKey firstBlobKey,
        Instant startedAt,
        boolean split) {
    /// The same, begun at another time.
    RecordingStarted at(Instant time) {
        return new RecordingStarted(entryId, partnerId, recordingId, firstBlobKey, time, split);
    }
}
