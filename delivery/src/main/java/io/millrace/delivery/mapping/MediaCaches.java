package io.millrace.delivery.mapping;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.tempo.SpedTrack;
import io.millrace.delivery.tempo.TempoEncoder;
import io.millrace.delivery.tempo.TempoOptions;
import io.millrace.storage.cache.LoadOnceCache;

import java.util.List;

/// What all {@link MediaLibrary}s of a node share: open files, their indexes, the presentations
/// made of these, and sound made at another rate; each bounded. Thread-safe.
public final class MediaCaches implements AutoCloseable {
    /// A version of a file: the bytes that an index was made of.
    record Version(MediaFiles files, String name, String identity) {}

    /// What a presentation was made of.
    ///
    /// @param versions of the recipe's files, in its order
    record Ingredients(List<Version> versions, Recipe recipe) {}

    /// A presentation with what it weighs beside the indexes of whole files.
    ///
    /// @param sped its sound at another rate, in the file after the recipe's; empty for none
    record Prepared(Presentation presentation, long ownIndexBytes, List<SpedTrack> sped) {}

    private final OpenBlobs blobs;
    private final LoadOnceCache<Version, MediaIndex> indexes;
    private final LoadOnceCache<Ingredients, Prepared> presentations;
    private final LoadOnceCache<SpedSound.Stretch, byte[]> stretches;
    private final TempoEncoder tempo;

    /// @param indexCacheBytes for indexes; an eighth more for the presentations made of them
    public MediaCaches(long indexCacheBytes, TempoOptions options, MeterRegistry meters) {
        tempo = new TempoEncoder(options, meters);
        stretches =
                new LoadOnceCache<>(
                        "tempo",
                        options.cacheBytes(),
                        (_, bytes) -> bytes.length + 256,
                        null,
                        meters);
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

    /// Made sound.
    LoadOnceCache<SpedSound.Stretch, byte[]> stretches() {
        return stretches;
    }

    TempoEncoder tempo() {
        return tempo;
    }

    @Override
    public void close() {
        tempo.close();
        stretches.close();
        presentations.close();
        indexes.close();
        blobs.close();
    }
}
