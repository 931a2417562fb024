package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.time.Instant;
import java.util.List;

/// @param recordingId as in {@link RecordingStarted}; the key for telling a repetition
/// @param blobKeys the fragmented MP4 files in order; more than one when the codec configuration
///   changed in between, or storage failed
/// @param layouts for each file a number that is the same where the init segments are
/// @param durationMs media time of all files together
/// @param sizeBytes of all files together
/// @param recovered closed by recovery after a crash; the last fraction of a second may be missing
public record RecordingFinished(
        String entryId,
        String partnerId,
        String recordingId,
        List<BlobKey> blobKeys,
        List<Integer> layouts,
        long durationMs,
        long sizeBytes,
        Instant startedAt,
        boolean recovered) {
    public RecordingFinished {
        blobKeys = List.copyOf(blobKeys);
        layouts = List.copyOf(layouts);
        if (blobKeys.size() != layouts.size()) {
            throw new IllegalArgumentException(
                    "layouts: " + layouts.size() + " (expected: " + blobKeys.size() + ")");
        }
    }
}
