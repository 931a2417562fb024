package io.millrace.delivery.vod;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// Segments as they were worked out of the index, not yet written: where their samples lie, the
/// head of a fragment. Asking for one again costs a look-up. Bounded by weight; thread-safe.
final class PreparedSegments {
    private static final long MAX_BYTES = 32L << 20;

    /// A set that nobody plays any more is let go of by its segments, too.
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final Cache<SegmentBuilder.Key, Packaged.Segment> cache =
            Caffeine.newBuilder()
                    .maximumWeight(MAX_BYTES)
                    .weigher(
                            (SegmentBuilder.Key key, Packaged.Segment segment) ->
                                    256
                                            + 2 * (key.path().length() + key.fileName().length())
                                            + segment.segment().estimatedBytes())
                    .expireAfterAccess(KEPT)
                    .executor(Runnable::run)
                    .build();

    Packaged.@Nullable Segment get(SegmentBuilder.Key key) {
        return cache.getIfPresent(key);
    }

    void put(SegmentBuilder.Key key, Packaged.Segment segment) {
        cache.put(key, segment);
    }
}
