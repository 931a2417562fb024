package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.util.List;
import java.util.Map;

/// A recording that this node's last run left in the middle, cut to what is whole, and may go on
/// with.
///
/// @param files that have media, in order
/// @param layouts as in {@link RecordingFinished}, by file
/// @param names how many files its journal ever named
/// @param init the last file's init segment
/// @param lastBytes of the last file
/// @param earlierBytes of the others together
/// @param endMs where on the stream's time line its media ends
record LeftRecording(
        BlobKey marker,
        RecordingStarted started,
        List<BlobKey> files,
        Map<BlobKey, Integer> layouts,
        int names,
        byte[] init,
        long lastBytes,
        long earlierBytes,
        long durationMs,
        long endMs) {}
