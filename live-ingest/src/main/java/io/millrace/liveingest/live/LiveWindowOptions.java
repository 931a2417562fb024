package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// What players see of a live stream.
///
/// @param segments in a media playlist; as many again are kept
/// @param maxBytes of one track's segments in memory
/// @param maxSegment no segment is longer; EXT-X-TARGETDURATION is this, rounded up
/// @param partTarget no part is longer
/// @param dvr how far players may go back where a stream is recorded, at most; zero for not at all
public record LiveWindowOptions(
        int segments, long maxBytes, Duration maxSegment, Duration partTarget, Duration dvr) {
    public LiveWindowOptions {
        if (maxSegment.toMillis() < 500 || maxSegment.compareTo(Duration.ofSeconds(60)) > 0) {
            throw new IllegalArgumentException(
                    "maxSegment: " + maxSegment + " (expected: 500 ms..60 s)");
        }
        if (partTarget.toMillis() < 100 || partTarget.toMillis() > 1000) {
            throw new IllegalArgumentException(
                    "partTarget: " + partTarget + " (expected: 100 ms..1 s)");
        }
        if (dvr.isNegative() || dvr.compareTo(Duration.ofHours(24)) > 0) {
            throw new IllegalArgumentException("dvr: " + dvr + " (expected: 0..24 h)");
        }
        if (segments < 3) {
            throw new IllegalArgumentException("segments: " + segments + " (expected: >= 3)");
        }
        if (maxBytes < 1L << 20) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1 MiB)");
        }
    }

    /// Without a past.
    public LiveWindowOptions(
            int segments, long maxBytes, Duration maxSegment, Duration partTarget) {
        this(segments, maxBytes, maxSegment, partTarget, Duration.ZERO);
    }

    /// How far players may go back in a stream whose publisher's terms say so.
    ///
    /// @param wanted null for as far as this says
    public Duration dvrFor(@Nullable Duration wanted) {
        return wanted == null || wanted.compareTo(dvr) > 0 ? dvr : wanted;
    }

    /// EXT-X-PART-INF's PART-TARGET: frames of 1/30 s do not come out even in ms.
    long longestPartMs() {
        return partTarget.toMillis() + 1;
    }

    /// How many parts ahead a playlist may be asked for: three seconds of them, or a segment, which
    /// players ask for that do not care for parts.
    int partsAhead() {
        return 1 + (int) Math.ceilDiv(Math.max(3000, maxSegment.toMillis()), partTarget.toMillis());
    }

    int targetDurationSeconds() {
        return (int) Math.ceilDiv(maxSegment.toMillis(), 1000L);
    }
}
