package io.millrace.delivery.mapping;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.storage.cache.LoadOnceCache;

import java.util.List;

/// What all {@link MediaLibrary}s of a node share: open files, their indexes, and the presentations
/// made of these; each bounded. Thread-safe.
public final class MediaCaches implements AutoCloseable {
    /// A version of a file: the bytes that an index was made of.
    record Version(MediaFiles files, String name, String identity) {}

    /// What a presentation was made of.
    ///
    /// @param versions of the recipe's files, in its order
    record Ingredients(List<Version> versions, Recipe recipe) {}

    /// A presentation with what it weighs beside the indexes of whole files.
    record Prepared(Presentation presentation, long ownIndexBytes) {}

    private final OpenBlobs blobs;
    private final LoadOnceCache<Version, MediaIndex> indexes;
    private final LoadOnceCache<Ingredients, Prepared> presentations;

    /// @param indexCacheBytes for indexes; an eighth more for the presentations made of them
    public MediaCaches(long indexCacheBytes, MeterRegistry meters) {
        blobs = new OpenBlobs(meters);
        indexes =
                new LoadOnceCache<>(
                        "media-index",
                        indexCacheBytes,
                        (_, index) -> weight(index.estimatedBytes()),
                        null,
                        meters);
        presentations =
                new LoadOnceCache<>(
                        "presentation",
                        Math.max(1 << 20, indexCacheBytes / 8),
                        (_, loaded) ->
                                weight(
                                        loaded.presentation().estimatedBytes()
                                                + loaded.ownIndexBytes()),
                        null,
                        meters);
    }

    private static int weight(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }

    public OpenBlobs blobs() {
        return blobs;
    }

    LoadOnceCache<Version, MediaIndex> indexes() {
        return indexes;
    }

    LoadOnceCache<Ingredients, Prepared> presentations() {
        return presentations;
    }

    @Override
    public void close() {
        presentations.close();
        indexes.close();
        blobs.close();
    }
}
