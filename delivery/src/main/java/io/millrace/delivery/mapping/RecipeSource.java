package io.millrace.delivery.mapping;

import io.millrace.delivery.packaging.PackagingOptions;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What a path means: the files themselves, or a mapping that names them. Never blocks.
/// Thread-safe.
sealed interface RecipeSource permits RecipeSource.Paths, MappedRecipes {
    /// Fails with {@link MediaPathException} when the path or its mapping cannot be, with {@link
    /// java.nio.file.NoSuchFileException} when there is no such mapping.
    CompletableFuture<Recipe> recipe(String path);

    /// The names in a path that a signature must cover.
    default List<String> names(String path) throws MediaPathException {
        return MediaPath.parse(path).names();
    }

    /// A path names its files.
    record Paths(PackagingOptions packaging) implements RecipeSource {
        @Override
        public CompletableFuture<Recipe> recipe(String path) {
            try {
                return CompletableFuture.completedFuture(
                        Recipe.of(MediaPath.parse(path), packaging));
            } catch (MediaPathException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }
}
