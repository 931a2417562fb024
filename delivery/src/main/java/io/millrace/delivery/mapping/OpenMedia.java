package io.millrace.delivery.mapping;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.storage.blob.BlobReader;

import java.time.Instant;
import java.util.List;

/// A presentation with its files open; released once.
///
/// @param path what names it below its route
/// @param files in the order of its clips' sources, clip by clip
/// @param tag names this version of all files together
public record OpenMedia(
        String path, Presentation presentation, List<SharedBlob> files, String tag) {
    /// The same share of the same files, sent encrypted.
    public OpenMedia protectedBy(Protection protection) {
        return new OpenMedia(
                path, presentation.protectedBy(protection), files, tag + '-' + protection.tag());
    }

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
