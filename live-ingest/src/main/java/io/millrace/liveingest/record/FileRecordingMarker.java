package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/// What lies beside a {@link FileRecording} that is not handed over: lines of UTF-8, only ever
/// appended.
///
///     {start, ms since 1970} {partnerId or -} {key of the file}
///     alive
final class FileRecordingMarker {
    /// Markers of all nodes.
    static final BlobKey OPEN = BlobKey.of("content/live-files-open");

    private FileRecordingMarker() {}

    static BlobKey key(String node, String recordingId) {
        return OPEN.child(node).child(recordingId);
    }

    static String line(RecordingStarted recording) {
        return recording.startedAt().toEpochMilli()
                + " "
                + (recording.partnerId().isEmpty() ? "-" : recording.partnerId())
                + " "
                + recording.firstBlobKey().value()
                + "\n";
    }

    /// Null where the marker is torn, which it is where nothing was recorded yet.
    static @Nullable RecordingStarted read(BlobStore blobs, BlobKey marker) throws IOException {
        String text = RecordingJournal.readText(blobs, marker);
        String[] field = text.substring(0, Math.max(0, text.indexOf('\n'))).split(" ");
        String[] path = field.length == 3 ? field[2].split("/") : new String[0];
        if (path.length != 5 || !BlobKey.isValid(field[2])) {
            return null;
        }
        try {
            return new RecordingStarted(
                    path[2],
                    field[1].equals("-") ? "" : field[1],
                    path[3],
                    BlobKey.of(field[2]),
                    Instant.ofEpochMilli(Long.parseLong(field[0])),
                    false);
        } catch (NumberFormatException _) {
            return null;
        }
    }

    static RecordingFinished finished(
            RecordingStarted recording, long durationMs, long size, boolean recovered) {
        return new RecordingFinished(
                recording.entryId(),
                recording.partnerId(),
                recording.recordingId(),
                List.of(recording.firstBlobKey()),
                List.of(0),
                durationMs,
                size,
                recording.startedAt(),
                recovered);
    }
}
