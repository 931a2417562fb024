package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/// Where recordings lie:
///
///     content/live/{entryId}/{recordingId}/recording.mp4, recording-2.mp4 ...   the media
///     content/live/{entryId}/{recordingId}/journal.txt                          the sidecar
///     content/live-open/{node}/{recordingId}     holds the journal's key; there while the recording
///                                                is not handed over, so that a start need not look
///                                                through all recordings ever made
final class RecordingKeys {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    /// Markers of all nodes.
    static final BlobKey OPEN = BlobKey.of("content/live-open");

    private RecordingKeys() {}

    static String newRecordingId(Instant now) {
        return TIME.format(now)
                + '-'
                + String.format(
                        Locale.ROOT, "%08x", ThreadLocalRandom.current().nextLong() & 0xFFFF_FFFFL);
    }

    static BlobKey folder(String entryId, String recordingId) {
        return BlobKey.of("content/live/" + entryId + "/" + recordingId);
    }

    static String fileName(int number) {
        return number == 1 ? "recording.mp4" : "recording-" + number + ".mp4";
    }

    static BlobKey openMarker(String node, String recordingId) {
        return OPEN.child(node).child(recordingId);
    }
}
