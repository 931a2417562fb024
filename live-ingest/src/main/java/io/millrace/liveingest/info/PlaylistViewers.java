package io.millrace.liveingest.info;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// Viewers who come by requests: whoever asked for a playlist or manifest in the last fifteen
/// seconds counts, told apart by address and program. Who sits behind one address with the same
/// program is one; who comes through a cache is not seen. Bounded; thread-safe.
public final class PlaylistViewers implements ViewerCount {
    private static final Duration COUNTS_FOR = Duration.ofSeconds(15);
    private static final int MAX_VIEWERS = 200_000;

    private record Viewer(String entryId, String kind, String address, String program) {}

    private final Cache<Viewer, Boolean> seen;

    public PlaylistViewers(Ticker ticker) {
        seen =
                Caffeine.newBuilder()
                        .maximumSize(MAX_VIEWERS)
                        .expireAfterWrite(COUNTS_FOR)
                        .ticker(ticker)
                        .build();
    }

    /// @param kind `hls` or `dash`
    /// @param program the User-Agent, or empty
    public void saw(String entryId, String kind, String address, String program) {
        String told = program.length() > 128 ? program.substring(0, 128) : program;
        seen.put(new Viewer(entryId, kind, address, told), Boolean.TRUE);
    }

    @Override
    public Map<String, Map<String, Integer>> byStream() {
        var counts = new HashMap<String, Map<String, Integer>>();
        seen.cleanUp();
        for (Viewer viewer : seen.asMap().keySet()) {
            counts.computeIfAbsent(viewer.entryId(), _ -> new TreeMap<>())
                    .merge(viewer.kind(), 1, Integer::sum);
        }
        return counts;
    }
}
