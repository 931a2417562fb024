package io.millrace.platformapi.playback;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.flavor.Flavor;
import io.millrace.platformapi.flavor.FlavorStore;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Which renditions of an entry players are offered. Thread-safe.
public final class Playable {
    private final FlavorStore flavors;

    public Playable(FlavorStore flavors) {
        this.flavors = flavors;
    }

    /// Ready ones for the web, the smallest first; those named, when some are. As long as there are
    /// none, the source of a recording, which plays as it is.
    public List<Flavor> of(Entry entry, @Nullable Set<String> named) {
        List<Flavor> all = flavors.ofEntry(entry.id());
        List<Flavor> found = chosen(all, named, flavor -> !flavor.isOriginal() && flavor.isWeb());
        return found.isEmpty() ? chosen(all, named, flavor -> flavor.playsAsItIs(entry)) : found;
    }

    private static List<Flavor> chosen(
            List<Flavor> all, @Nullable Set<String> named, Predicate<Flavor> kind) {
        return all.stream()
                .filter(flavor -> flavor.isReady() && kind.test(flavor))
                .filter(flavor -> named == null || named.isEmpty() || named.contains(flavor.id()))
                .sorted(
                        Comparator.comparingInt(Flavor::bitrateKbps)
                                .thenComparingInt(Flavor::height)
                                .thenComparing(Flavor::id))
                .toList();
    }
}
