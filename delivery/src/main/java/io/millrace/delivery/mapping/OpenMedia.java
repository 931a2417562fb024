package io.millrace.delivery.mapping;

import io.millrace.delivery.packaging.MediaSet;
import io.millrace.storage.blob.BlobReader;

import java.time.Instant;
import java.util.List;

/// A media set with its files open; released once.
///
/// @param path what names the set below its route
/// @param files in the order of the set's sources
/// @param tag names this version of all files together
public record OpenMedia(String path, MediaSet set, List<SharedBlob> files, String tag) {
    public List<BlobReader> readers() {
        return files.stream().map(SharedBlob::reader).toList();
    }

    /// When the newest of the files changed.
    public Instant lastModified() {
        Instant latest = Instant.EPOCH;
        for (SharedBlob file : files) {
            if (file.info().lastModified().isAfter(latest)) {
                latest = file.info().lastModified();
            }
        }
        return latest;
    }

    public void release() {
        files.forEach(SharedBlob::release);
    }
}
