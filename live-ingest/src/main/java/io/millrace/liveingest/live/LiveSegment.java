package io.millrace.liveingest.live;

import java.time.Instant;
import java.util.List;

/// One segment of one track: its fragments, joined. Immutable.
///
/// @param sequence its media sequence number, at least 1
/// @param fragments empty where the track has a hole
/// @param initName the init segment it needs
/// @param discontinuity whether EXT-X-DISCONTINUITY stands before it
record LiveSegment(
        long sequence,
        List<LiveFragment> fragments,
        long startMs,
        long durationMs,
        long sizeBytes,
        Instant startedAt,
        String initName,
        boolean discontinuity) {

    /// Whether it starts with a key frame.
    boolean independent() {
        return !fragments.isEmpty() && fragments.getFirst().independent();
    }

    boolean isGap() {
        return fragments.isEmpty();
    }

    int samples() {
        int sum = 0;
        for (LiveFragment fragment : fragments) {
            sum += fragment.samples().count();
        }
        return sum;
    }

    long bitsPerSecond() {
        return sizeBytes * 8 * 1000 / Math.max(1, durationMs);
    }
}
