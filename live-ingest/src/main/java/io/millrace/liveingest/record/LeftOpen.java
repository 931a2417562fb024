package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/// A kind of recording that a node may leave unfinished when it dies. Each has a marker,
/// `{node}/{id}` below {@link #markers}, from before its first byte until it is handed over.
///
/// Repeating what is done here changes nothing, nor does another node that does the same meanwhile.
/// Blocks; thread-safe.
abstract sealed class LeftOpen permits RecordingRecovery, FileRecordingRecovery {
    private static final Logger log = LoggerFactory.getLogger(LeftOpen.class);

    final BlobStore blobs;
    final RecordingHandover handover;
    private final BlobKey markers;

    /// @param markers the folder of all nodes' markers
    LeftOpen(BlobStore blobs, RecordingHandover handover, BlobKey markers) {
        this.blobs = blobs;
        this.handover = handover;
        this.markers = markers;
    }

    BlobKey markers() {
        return markers;
    }

    /// The markers of one node.
    List<BlobKey> markers(String node) throws IOException {
        return blobs.list(markers.child(node));
    }

    /// What grows as long as the recording's node lives: by media, or by a line where none comes.
    ///
    /// @throws NoSuchFileException when the marker is gone
    abstract long grownBytes(BlobKey marker) throws IOException;

    /// Finishes what is there.
    abstract void recover(BlobKey marker) throws IOException;

    void recoverAll(List<BlobKey> open) {
        for (BlobKey marker : open) {
            try {
                recover(marker);
            } catch (IOException | RuntimeException e) {
                log.error("recording {} cannot be recovered: {}", marker.name(), e.toString());
            }
        }
    }

    /// How large an object is, by opening it: over NFS, attributes without an open may be old. -1
    /// where it is not made yet.
    final long bytes(BlobKey key) throws IOException {
        try (BlobReader reader = blobs.open(key)) {
            return reader.info().sizeBytes();
        } catch (NoSuchFileException _) {
            return -1;
        }
    }
}
