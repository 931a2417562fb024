package io.millrace.delivery.mapping;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.storage.cache.LoadOnceCache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A path names mappings, and these name files. A mapping is asked for once however many want it,
/// and kept for a while; one that could not be had is not. Thread-safe.
public final class MappedRecipes implements RecipeSource, AutoCloseable {
    private static final long CACHE_BYTES = 32 << 20;

    private final MappingStore store;
    private final MappingReader reader;
    private final LoadOnceCache<String, Recipe> recipes;

    /// @param mediaRoot absolute paths of mappings below it name files of the media folder; ends
    ///   with `/`
    /// @param trustedFor how long a mapping is taken for unchanged
    public MappedRecipes(
            MappingStore store,
            PackagingOptions packaging,
            String mediaRoot,
            Duration trustedFor,
            MeterRegistry meters) {
        this.store = store;
        reader = new MappingReader(packaging, mediaRoot);
        recipes =
                new LoadOnceCache<>(
                        "mapping",
                        CACHE_BYTES,
                        (name, recipe) -> 2 * name.length() + weight(recipe),
                        trustedFor,
                        meters);
    }

    private static int weight(Recipe recipe) {
        int weight = 256;
        for (Recipe.Clip clip : recipe.clips()) {
            for (Recipe.Source source : clip.sources()) {
                weight += 256 + 2 * source.file().length() + source.labels().label().length();
            }
        }
        return weight;
    }

    @Override
    public CompletableFuture<Recipe> recipe(String path) {
        MediaPath asked;
        try {
            asked = MediaPath.parse(path);
        } catch (MediaPathException e) {
            return CompletableFuture.failedFuture(e);
        }
        var loading = new ArrayList<CompletableFuture<Recipe>>(asked.files().size());
        for (MediaPath.FilePath file : asked.files()) {
            loading.add(recipes.get(file.name(), name -> reader.read(store.load(name))));
        }
        return CompletableFuture.allOf(loading.toArray(CompletableFuture[]::new))
                .thenCompose(
                        _ -> {
                            try {
                                return CompletableFuture.completedFuture(
                                        together(
                                                asked,
                                                loading.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
                            } catch (MediaPathException e) {
                                return CompletableFuture.failedFuture(e);
                            }
                        });
    }

    /// One presentation of the mappings that a path names, with what the path says of them.
    private static Recipe together(MediaPath asked, List<Recipe> mapped) throws MediaPathException {
        Recipe first = mapped.getFirst();
        List<Recipe.Clip> clips = new ArrayList<>(first.clips().size());
        for (int c = 0; c < first.clips().size(); c++) {
            List<Recipe.Source> sources = new ArrayList<>();
            for (int m = 0; m < mapped.size(); m++) {
                Recipe recipe = mapped.get(m);
                if (recipe.clips().size() != first.clips().size()) {
                    throw new MediaPathException(
                            MediaPathException.Reason.BAD_MAPPING,
                            "The mappings of this list have different numbers of clips.");
                }
                for (Recipe.Source source : recipe.clips().get(c).sources()) {
                    sources.add(asAsked(source, sources.size() + 1, asked.files().get(m)));
                }
            }
            clips.add(new Recipe.Clip(sources, first.clips().get(c).durationMs()));
        }
        StringBuilder tag = new StringBuilder();
        mapped.forEach(recipe -> tag.append(recipe.tag()));
        Cut range = asked.cut().isRange() ? asked.cut() : first.cut();
        return new Recipe(
                clips,
                range.withRate(asked.cut().ratePercent()),
                asked.minBitrate(),
                asked.maxBitrate(),
                first.packaging(),
                first.closedCaptions(),
                tag.toString());
    }

    private static Recipe.Source asAsked(
            Recipe.Source source, int sequence, MediaPath.FilePath asked) {
        SourceLabels labels = source.labels();
        if (!asked.labels().language().isEmpty()) {
            labels =
                    new SourceLabels(asked.labels().language(), labels.label(), labels.isDefault());
        }
        Cut shifts = asked.shifts();
        return new Recipe.Source(
                source.file(),
                sequence,
                source.id(),
                source.tracks().and(asked.tracks()),
                labels,
                source.cut()
                        .withShifts(
                                shifts.videoShiftMs(),
                                shifts.audioShiftMs(),
                                shifts.textShiftMs()));
    }

    @Override
    public void close() {
        recipes.close();
    }
}
