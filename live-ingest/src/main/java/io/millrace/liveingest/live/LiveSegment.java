package io.millrace.liveingest.live;

import java.time.Instant;
import java.util.List;

/// One segment of one track: its fragments, joined. Immutable.
///
/// @param sequence its media sequence number, at least 1
/// @param track what it is of
/// @param fragments empty where the track has a hole, and when its media has left memory
/// @param startTicks decode time of its first sample in the track's timescale; of a hole, where it
///   is
/// @param endTicks where the next segment of a track without holes starts
/// @param sizeBytes of all fragments; 0 where the track has a hole
/// @param independent whether it starts with a key frame
/// @param initName the init segment it needs
/// @param durationMs with what is missing
/// @param startedAt the wall clock where what is missing begins, or else its media
/// @param gap what is missing before its first sample; all of it where the track has a hole
/// @param discontinuity whether EXT-X-DISCONTINUITY stands before it
record LiveSegment(
        long sequence,
        LiveTrack track,
        List<LiveFragment> fragments,
        long startTicks,
        long endTicks,
        long startMs,
        long durationMs,
        long sizeBytes,
        boolean independent,
        Instant startedAt,
        String initName,
        PartGap gap,
        boolean discontinuity) {

    /// Whether there is no media at all.
    boolean isGap() {
        return sizeBytes == 0;
    }

    /// How many parts it has, with those that are missing.
    int parts() {
        return gap.parts() + fragments.size();
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

    /// The same without its media, which lies elsewhere.
    LiveSegment withoutMedia() {
        return copy(sizeBytes);
    }

    /// The same, of which the media is lost.
    LiveSegment lost() {
        return copy(0);
    }

    private LiveSegment copy(long bytes) {
        return new LiveSegment(
                sequence,
                track,
                List.of(),
                startTicks,
                endTicks,
                startMs,
                durationMs,
                bytes,
                independent && bytes > 0,
                startedAt,
                initName,
                new PartGap(bytes > 0 ? gap.ms() : durationMs, 0),
                discontinuity);
    }
}
