package io.millrace.delivery.mapping;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.storage.blob.BlobReader;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A presentation with its files open; released once.
///
/// @param path what names it below its route
/// @param files in the order of its clips' sources, clip by clip
/// @param tag names this version of all files together
/// @param isVersioned whether the files' names tell their versions: other bytes have other names
public record OpenMedia(
        String path,
        Presentation presentation,
        List<SharedBlob> files,
        String tag,
        boolean isVersioned) {
    /// The same share of the same files, sent encrypted.
    public OpenMedia protectedBy(Protection protection) {
        return new OpenMedia(
                path,
                presentation.protectedBy(protection),
                files,
                tag + '-' + protection.tag(),
                isVersioned);
    }

    public List<BlobReader> readers() {
        return files.stream().map(SharedBlob::reader).toList();
    }

    /// Whether one of the files may get longer: recordings do, and anything in somebody's folder.
    public boolean mayGrow() {
        return !isVersioned
                || presentation.clips().stream()
                        .flatMap(clip -> clip.set().sources().stream())
                        .anyMatch(file -> file.index().fragmented());
    }

    /// Whether some of the sound is made when it is asked for.
    public boolean makesSound() {
        return !files.isEmpty() && files.getLast().isMade();
    }

    /// Has the sound made that a segment needs. Whoever asks keeps the media open meanwhile.
    ///
    /// @return done at once where nothing needs to be made; fails as {@link
    ///   io.millrace.delivery.tempo.TempoEncoder#make} does
    public CompletableFuture<?> prepare(List<SegmentBody.FileRange> ranges) {
        CompletableFuture<?> all = CompletableFuture.completedFuture(null);
        for (SegmentBody.FileRange range : ranges) {
            CompletableFuture<?> one =
                    files.get(range.source()).prepare(range.offset(), range.length());
            all = all.isDone() && !all.isCompletedExceptionally() ? one : all.thenCompose(_ -> one);
        }
        return all;
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
