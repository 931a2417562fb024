package io.millrace.platformapi.playback;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.flavor.Flavor;
import io.millrace.platformapi.flavor.FlavorStore;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Which renditions of an entry players are offered. Thread-safe.
public final class Playable {
    private final FlavorStore flavors;

    public Playable(FlavorStore flavors) {
        this.flavors = flavors;
    }

    /// Ready ones for the web, the smallest first; those named, when some are.
    public List<Flavor> of(Entry entry, @Nullable Set<String> named) {
        return flavors.ofEntry(entry.id()).stream()
                .filter(flavor -> flavor.isReady() && !flavor.isOriginal() && flavor.isWeb())
                .filter(flavor -> named == null || named.isEmpty() || named.contains(flavor.id()))
                .sorted(
                        Comparator.comparingInt(Flavor::bitrateKbps)
                                .thenComparingInt(Flavor::height)
                                .thenComparing(Flavor::id))
                .toList();
    }
}
