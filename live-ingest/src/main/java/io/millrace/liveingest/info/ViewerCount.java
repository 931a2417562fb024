package io.millrace.liveingest.info;

import java.util.Map;
import java.util.TreeMap;

/// Counts viewers. Thread-safe.
@FunctionalInterface
public interface ViewerCount {
    /// How many there are by stream, then by kind (`hls`, `dash`, `http-flv`, `rtmp`). What nobody
    /// watches need not be there.
    Map<String, Map<String, Integer>> byStream();

    /// Those of several.
    static ViewerCount sum(Iterable<? extends ViewerCount> counts) {
        return () -> {
            var sum = new TreeMap<String, Map<String, Integer>>();
            for (ViewerCount count : counts) {
                count.byStream()
                        .forEach(
                                (stream, kinds) ->
                                        add(
                                                sum.computeIfAbsent(stream, _ -> new TreeMap<>()),
                                                kinds));
            }
            return sum;
        };
    }

    /// Adds viewers by kind to others; those of no viewer are left out.
    static void add(Map<String, Integer> sum, Map<String, Integer> kinds) {
        kinds.forEach(
                (kind, number) -> {
                    if (number > 0) {
                        sum.merge(kind, number, Integer::sum);
                    }
                });
    }
}
