package io.millrace.delivery.vod;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.packaging.SegmentBody;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;

/// Finished segments that are asked for again and again, whatever was done to make them (muxing,
/// encryption), as {@link SegmentFile}s that leave by sendfile. A segment is admitted when it is
/// asked for the second time, or when several wanted it while it was built: most are asked for
/// once, and would only push the others out. Bounded by weight; thread-safe.
final class HotSegments implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotSegments.class);
    private static final int MAX_REMEMBERED = 20_000;
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final long maxBytes;
    private final Cache<SegmentBuilder.Key, SegmentFile> files;

    /// Asked for once of late, and not kept.
    private final Cache<SegmentBuilder.Key, Boolean> builtOnce =
            Caffeine.newBuilder()
                    .maximumSize(MAX_REMEMBERED)
                    .expireAfterWrite(REMEMBERED)
                    .executor(Runnable::run)
                    .build();

    private final Counter hits;

    /// @param maxBytes 0: nothing is kept
    HotSegments(long maxBytes, MeterRegistry meters) {
        this.maxBytes = maxBytes;
        files =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher(
                                (SegmentBuilder.Key key, SegmentFile file) ->
                                        (int)
                                                Math.min(
                                                        Integer.MAX_VALUE,
                                                        file.info().sizeBytes() + 1024))
                        .removalListener(
                                (SegmentBuilder.@Nullable Key _,
                                        @Nullable SegmentFile file,
                                        RemovalCause _) -> {
                                    if (file != null) {
                                        file.release();
                                    }
                                })
                        .executor(Runnable::run)
                        .build();
        hits =
                Counter.builder("millrace.delivery.segment.hot")
                        .description("Segment requests answered from finished segments")
                        .register(meters);
        Gauge.builder(
                        "millrace.delivery.segment.cache",
                        files,
                        cache ->
                                cache.policy()
                                        .eviction()
                                        .map(e -> (double) e.weightedSize().orElse(0))
                                        .orElse(0.0))
                .description("Finished segments kept for the next request")
                .baseUnit("bytes")
                .register(meters);
    }

    /// @return a share the caller releases, or null
    @Nullable SegmentFile get(SegmentBuilder.Key key) {
        SegmentFile file = files.getIfPresent(key);
        if (file == null || !file.tryRetain()) {
            return null;
        }
        hits.increment();
        return file;
    }

    /// Whether a segment would not be kept if it were built now: nobody asked for it of late, or it
    /// is too large. It is remembered as asked for.
    boolean isFirstAsked(SegmentBuilder.Key key, long sizeBytes) {
        if (sizeBytes > maxBytes / 4) {
            return true;
        }
        if (builtOnce.getIfPresent(key) != null) {
            return false;
        }
        builtOnce.put(key, true);
        return true;
    }

    /// Keeps a segment that was just built, when it is worth it. Blocks for a copy.
    ///
    /// @param body borrowed
    /// @param shared whether several asked for it while it was built
    /// @return a share the caller releases, or null when the segment is not kept
    @Nullable SegmentFile offer(SegmentBuilder.Key key, SegmentBody body, boolean shared) {
        if (body.sizeBytes() > maxBytes / 4) {
            return null;
        }
        if (!shared && builtOnce.getIfPresent(key) == null) {
            builtOnce.put(key, true);
            return null;
        }
        try {
            SegmentFile file = SegmentFile.of(body);
            file.tryRetain();
            files.put(key, file);
            return file;
        } catch (IOException e) {
            LOG.warn("{} {} is not kept: {}", key.path(), key.fileName(), e.toString());
            return null;
        }
    }

    @Override
    public void close() {
        files.invalidateAll();
    }
}
