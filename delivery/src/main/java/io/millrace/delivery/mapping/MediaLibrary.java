package io.millrace.delivery.mapping;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.UrlSet;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.cache.LoadOnceCache;

import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The media that paths name, indexed once per version of a file however many ask at once, in
/// caches bounded by weight. Never blocks its callers. Thread-safe.
public final class MediaLibrary implements AutoCloseable {
    /// A version of an object: the bytes that an index was made of.
    private record Version(BlobKey key, String identity) {}

    private final OpenBlobs blobs;
    private final PackagingOptions packaging;
    private final LoadOnceCache<Version, MediaIndex> indexes;
    private final LoadOnceCache<List<Version>, Presentation> presentations;

    /// @param indexCacheBytes for indexes; an eighth more for the presentations made of them
    public MediaLibrary(
            BlobStore store,
            PackagingOptions packaging,
            long indexCacheBytes,
            MeterRegistry meters) {
        this.packaging = packaging;
        blobs = new OpenBlobs(store, meters);
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
                        (_, loaded) -> weight(loaded.estimatedBytes()),
                        null,
                        meters);
    }

    private static int weight(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }

    public OpenBlobs blobs() {
        return blobs;
    }

    /// Opens the media that a path names: one object, or a `.urlset` list of them.
    ///
    /// Fails with NoSuchFileException when there is no such object, {@link
    /// io.millrace.delivery.failure.MediaException} when it is no media we can serve.
    ///
    /// @param path decoded, without its signature
    public CompletableFuture<OpenMedia> open(String path) {
        Optional<List<String>> names = UrlSet.split(path);
        if (names.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new NoSuchFileException(
                            path, null, "more than " + UrlSet.MAX_FILES + " files"));
        }
        var opening = new ArrayList<CompletableFuture<SharedBlob>>(names.get().size());
        for (String name : names.get()) {
            opening.add(
                    BlobKey.isValid(name)
                            ? blobs.open(BlobKey.of(name))
                            : CompletableFuture.failedFuture(new NoSuchFileException(name)));
        }
        return CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
                .handle(
                        (_, failure) -> {
                            if (failure != null) {
                                releaseOpened(opening);
                                return CompletableFuture.<OpenMedia>failedFuture(failure);
                            }
                            return index(
                                    path, opening.stream().map(CompletableFuture::join).toList());
                        })
                .thenCompose(media -> media);
    }

    private static void releaseOpened(List<CompletableFuture<SharedBlob>> opening) {
        for (CompletableFuture<SharedBlob> future : opening) {
            if (!future.isCompletedExceptionally()) {
                future.join().release();
            }
        }
    }

    /// Takes the shares of `files` over.
    private CompletableFuture<OpenMedia> index(String path, List<SharedBlob> files) {
        List<Version> versions =
                files.stream().map(f -> new Version(f.info().key(), f.info().identity())).toList();
        return presentation(versions, files)
                .handle(
                        (presentation, failure) -> {
                            if (failure != null) {
                                files.forEach(SharedBlob::release);
                                return CompletableFuture.<OpenMedia>failedFuture(failure);
                            }
                            return CompletableFuture.completedFuture(
                                    new OpenMedia(path, presentation, files, tag(files)));
                        })
                .thenCompose(media -> media);
    }

    private CompletableFuture<Presentation> presentation(
            List<Version> versions, List<SharedBlob> files) {
        Optional<Presentation> known = presentations.getIfLoaded(versions);
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known.get());
        }
        var loading = new ArrayList<CompletableFuture<MediaIndex>>(files.size());
        for (int i = 0; i < files.size(); i++) {
            SharedBlob file = files.get(i);
            loading.add(indexes.get(versions.get(i), _ -> SourceReader.read(file.reader())));
        }
        // The shares outlive the loads: they are released only once all of these have ended.
        return CompletableFuture.allOf(loading.toArray(CompletableFuture[]::new))
                .thenCompose(
                        _ ->
                                presentations.get(
                                        versions,
                                        _ ->
                                                Presentation.of(
                                                        MediaSet.of(sources(loading), packaging))));
    }

    private static List<MediaSource> sources(List<CompletableFuture<MediaIndex>> loaded) {
        var sources = new ArrayList<MediaSource>(loaded.size());
        for (int i = 0; i < loaded.size(); i++) {
            sources.add(MediaSource.of(loaded.get(i).join(), i + 1));
        }
        return sources;
    }

    private static String tag(List<SharedBlob> files) {
        if (files.size() == 1) {
            return files.getFirst().tag();
        }
        var all = new StringBuilder();
        files.forEach(file -> all.append(file.tag()));
        return SharedBlob.tagOf(all.toString());
    }

    @Override
    public void close() {
        presentations.close();
        indexes.close();
        blobs.close();
    }
}
