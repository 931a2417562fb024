package io.millrace.delivery.vod;

import java.time.Duration;

/// How stored media is served.
///
/// @param segmentDuration nominal
/// @param indexCacheBytes for the indexes of files
/// @param documentCacheBytes for rendered playlists, manifests and init segments
/// @param unsigned whether paths without a signature are served
/// @param segmentWorkers MPEG-TS segments built at the same time; 0: twice the processors
/// @param segmentCacheBytes for built segments that were asked for again; 0: none are kept
/// @param segmentMemoryBytes of built segments that clients are still taking; above it 503
public record DeliveryOptions(
        Duration segmentDuration,
        long indexCacheBytes,
        long documentCacheBytes,
        boolean unsigned,
        int segmentWorkers,
        long segmentCacheBytes,
        long segmentMemoryBytes) {
    public static final DeliveryOptions DEFAULT =
            new DeliveryOptions(
                    Duration.ofSeconds(6), 256 << 20, 64 << 20, false, 0, 256L << 20, 512L << 20);

    public DeliveryOptions {
        if (segmentWorkers < 0 || segmentWorkers > 10_000) {
            throw new IllegalArgumentException(
                    "segmentWorkers: " + segmentWorkers + " (expected: 0..10000)");
        }
    }

    int workers() {
        return segmentWorkers > 0 ? segmentWorkers : 2 * Runtime.getRuntime().availableProcessors();
    }
}
