package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;

/// Hands over {@link FileRecording}s whose node is gone, as far as they were written: containers of
/// streams can be read to where they break off.
final class FileRecordingRecovery extends LeftOpen {
    private static final Logger log = LoggerFactory.getLogger(FileRecordingRecovery.class);

    FileRecordingRecovery(BlobStore blobs, RecordingHandover handover) {
        super(blobs, handover, FileRecordingMarker.OPEN);
    }

    @Override
    long grownBytes(BlobKey marker) throws IOException {
        RecordingStarted recording = FileRecordingMarker.read(blobs, marker);
        return bytes(marker) + (recording == null ? 0 : bytes(recording.firstBlobKey()));
    }

    @Override
    void recover(BlobKey marker) throws IOException {
        RecordingStarted recording = FileRecordingMarker.read(blobs, marker);
        Optional<BlobInfo> file =
                recording == null ? Optional.empty() : blobs.stat(recording.firstBlobKey());
        if (recording == null || file.isEmpty() || file.get().sizeBytes() == 0) {
            if (recording != null && file.isPresent()) {
                blobs.delete(recording.firstBlobKey());
            }
            blobs.delete(marker);
            return;
        }
        log.info(
                "live {}: recording {} was left open",
                recording.entryId(),
                recording.recordingId());
        handover.handOver(
                FileRecordingMarker.finished(recording, 0, file.get().sizeBytes(), true), marker);
    }
}
