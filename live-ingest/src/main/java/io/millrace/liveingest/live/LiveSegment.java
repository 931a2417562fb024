package io.millrace.liveingest.live;

import java.time.Instant;
import java.util.List;

/// One segment of the live window: its parts, joined. Immutable.
///
/// @param sequence its media sequence number, at least 1
/// @param initName the init segment it needs
/// @param discontinuity whether EXT-X-DISCONTINUITY stands before it
/// @param independent whether it starts with a key frame
record LiveSegment(
        long sequence,
        List<byte[]> parts,
        long durationMs,
        long sizeBytes,
        Instant startedAt,
        String initName,
        boolean discontinuity,
        boolean independent,
        int videoFrames) {

    String name() {
        return "seg-" + sequence + ".m4s";
    }

    long bitsPerSecond() {
        return sizeBytes * 8 * 1000 / Math.max(1, durationMs);
    }
}
