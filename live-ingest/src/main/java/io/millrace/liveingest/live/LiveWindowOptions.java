package io.millrace.liveingest.live;

import java.time.Duration;

/// What players see of a live stream.
///
/// @param segments in a media playlist; as many again are kept
/// @param maxBytes of one track's segments in memory
/// @param maxSegment no segment is longer; EXT-X-TARGETDURATION is this, rounded up
/// @param partTarget no part is longer
public record LiveWindowOptions(
        int segments, long maxBytes, Duration maxSegment, Duration partTarget) {
    public LiveWindowOptions {
        if (maxSegment.toMillis() < 500 || maxSegment.compareTo(Duration.ofSeconds(60)) > 0) {
            throw new IllegalArgumentException(
                    "maxSegment: " + maxSegment + " (expected: 500 ms..60 s)");
        }
        if (partTarget.toMillis() < 100 || partTarget.toMillis() > 1000) {
            throw new IllegalArgumentException(
                    "partTarget: " + partTarget + " (expected: 100 ms..1 s)");
        }
        if (segments < 3) {
            throw new IllegalArgumentException("segments: " + segments + " (expected: >= 3)");
        }
        if (maxBytes < 1L << 20) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1 MiB)");
        }
    }

    int targetDurationSeconds() {
        return (int) Math.ceilDiv(maxSegment.toMillis(), 1000L);
    }
}
