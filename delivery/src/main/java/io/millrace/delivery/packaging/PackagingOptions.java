package io.millrace.delivery.packaging;

import java.time.Duration;

/// How a media set is cut.
///
/// @param segmentDuration nominal; real segments start at the first shared key frame at or after a
///   multiple of it
/// @param signedOffsets whether fMP4 has signed composition offsets where it can, not edit lists
public record PackagingOptions(Duration segmentDuration, boolean signedOffsets) {
    public static final PackagingOptions DEFAULT = new PackagingOptions(Duration.ofSeconds(6));

    public PackagingOptions(Duration segmentDuration) {
        this(segmentDuration, false);
    }

    public PackagingOptions {
        if (segmentDuration.compareTo(Duration.ofMillis(500)) < 0
                || segmentDuration.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException(
                    "segmentDuration: " + segmentDuration + " (expected: 0.5 s to 10 min)");
        }
    }

    public PackagingOptions withSegmentDuration(Duration newDuration) {
        return new PackagingOptions(newDuration, signedOffsets);
    }

    public PackagingOptions withSignedOffsets() {
        return new PackagingOptions(segmentDuration, true);
    }
}
