package io.millrace.delivery.mapping;

import io.millrace.delivery.mapping.MediaCaches.Ingredients;
import io.millrace.delivery.mapping.MediaCaches.Prepared;
import io.millrace.delivery.mapping.MediaCaches.Version;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.packaging.PackagingOptions;

import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The media that paths below one mount name, indexed once per version of a file however many ask
/// at once, in caches bounded by weight. Never blocks its callers. Thread-safe.
public final class MediaLibrary {
    private final MediaCaches caches;
    private final MediaFiles source;
    private final RecipeSource recipes;

    /// A library whose paths name files.
    ///
    /// @param caches shared with other libraries; their owner closes them
    public MediaLibrary(MediaCaches caches, MediaFiles source, PackagingOptions packaging) {
        this.caches = caches;
        this.source = source;
        this.recipes = new RecipeSource.Paths(packaging);
    }

    /// A library whose paths name mappings.
    ///
    /// @param source of the files that mappings name
    /// @param recipes its owner closes it
    public MediaLibrary(MediaCaches caches, MediaFiles source, MappedRecipes recipes) {
        this.caches = caches;
        this.source = source;
        this.recipes = recipes;
    }

    /// Opens one file as it is; the caller releases what it gets. Fails with the store's
    /// IOException ({@link NoSuchFileException} when there is no such file).
    public CompletableFuture<SharedBlob> openFile(String name) {
        return caches.blobs().open(source, name);
    }

    /// Opens the media that a path names: one file, or a `.urlset` list of them, with nginx-vod's
    /// path parameters.
    ///
    /// Fails with NoSuchFileException when there is no such file, {@link MediaPathException} when
    /// the path says something that cannot be, {@link io.millrace.delivery.failure.MediaException}
    /// when it is no media we can serve.
    ///
    /// @param path decoded, without its signature
    public CompletableFuture<OpenMedia> open(String path) {
        CompletableFuture<Recipe> recipe = recipes.recipe(path);
        return recipe.isDone() && !recipe.isCompletedExceptionally()
                ? open(path, recipe.join())
                : recipe.thenCompose(found -> open(path, found));
    }

    /// The names that a path leads to: what a signature must cover.
    ///
    /// @throws MediaPathException when it says something that cannot be
    public List<String> namesOf(String path) throws MediaPathException {
        return recipes.names(path);
    }

    private CompletableFuture<OpenMedia> open(String path, Recipe recipe) {
        List<String> names = recipe.files();
        var opening = new ArrayList<CompletableFuture<SharedBlob>>(names.size());
        for (String name : names) {
            opening.add(openFile(name));
        }
        return CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
                .handle(
                        (_, failure) -> {
                            if (failure != null) {
                                releaseOpened(opening);
                                return CompletableFuture.<OpenMedia>failedFuture(failure);
                            }
                            return prepare(
                                    path,
                                    recipe,
                                    opening.stream().map(CompletableFuture::join).toList());
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
    private CompletableFuture<OpenMedia> prepare(
            String path, Recipe recipe, List<SharedBlob> files) {
        List<Version> versions =
                files.stream()
                        .map(f -> new Version(source, f.info().key(), f.info().identity()))
                        .toList();
        return presentation(recipe, versions, files)
                .handle(
                        (prepared, failure) -> {
                            if (failure != null) {
                                files.forEach(SharedBlob::release);
                                return CompletableFuture.<OpenMedia>failedFuture(failure);
                            }
                            return CompletableFuture.completedFuture(
                                    new OpenMedia(
                                            path,
                                            prepared.presentation(),
                                            withSound(prepared, versions, files),
                                            tag(recipe, files),
                                            source.isVersioned()));
                        })
                .thenCompose(media -> media);
    }

    /// The files, and behind them the one that made sound seems to be.
    private List<SharedBlob> withSound(
            Prepared prepared, List<Version> versions, List<SharedBlob> files) {
        if (prepared.sped().isEmpty()) {
            return files;
        }
        var all = new ArrayList<SharedBlob>(files.size() + 1);
        all.addAll(files);
        all.add(new SharedBlob(new SpedSound(caches, prepared.sped(), versions, files)));
        return all;
    }

    private CompletableFuture<Prepared> presentation(
            Recipe recipe, List<Version> versions, List<SharedBlob> files) {
        var ingredients = new Ingredients(versions, recipe);
        Optional<Prepared> known = caches.presentations().getIfLoaded(ingredients);
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known.get());
        }
        var loading = new ArrayList<CompletableFuture<MediaIndex>>(files.size());
        for (int i = 0; i < files.size(); i++) {
            SharedBlob file = files.get(i);
            loading.add(
                    caches.indexes().get(versions.get(i), _ -> SourceReader.read(file.reader())));
        }
        // The shares outlive the loads: they are released only once all of these have ended.
        return CompletableFuture.allOf(loading.toArray(CompletableFuture[]::new))
                .thenCompose(
                        _ ->
                                caches.presentations()
                                        .get(
                                                ingredients,
                                                _ ->
                                                        new PresentationBuilder(
                                                                        recipe,
                                                                        loading.stream()
                                                                                .map(
                                                                                        CompletableFuture
                                                                                                ::join)
                                                                                .toList())
                                                                .build()));
    }

    private static String tag(Recipe recipe, List<SharedBlob> files) {
        if (files.size() == 1 && recipe.tag().isEmpty()) {
            return files.getFirst().tag();
        }
        var all = new StringBuilder(recipe.tag());
        files.forEach(file -> all.append(file.tag()));
        return SharedBlob.tagOf(all.toString());
    }
}
