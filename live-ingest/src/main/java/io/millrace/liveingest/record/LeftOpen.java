package io.millrace.liveingest.record;

import io.millrace.storage.blob.BlobKey;

import java.io.IOException;

/// A kind of recording that a node may leave unfinished when it dies. Each has a marker,
/// `{node}/{id}` below {@link #markers}, from before its first byte until it is handed over.
interface LeftOpen {
    /// The folder of all nodes' markers.
    BlobKey markers();

    /// What grows as long as the recording's node lives: by media, or by a line where none comes.
    ///
    /// @throws java.nio.file.NoSuchFileException when the marker is gone
    long grownBytes(BlobKey marker) throws IOException;

    /// Finishes what is there. Other nodes may do so at the same time.
    void recover(BlobKey marker) throws IOException;
}
