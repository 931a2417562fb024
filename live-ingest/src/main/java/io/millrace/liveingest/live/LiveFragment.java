package io.millrace.liveingest.live;

import java.time.Instant;

/// One CMAF chunk (`moof` and `mdat`) of one track: a part of LL-HLS, a chunk of low-latency DASH,
/// an append to a recording. Its bytes are shared by all of them and never change; they are on the
/// heap, so nobody has to release them.
///
/// @param segment number of the segment that it belongs to, the same on all tracks of a source
/// @param part its number within the segment, from 0
/// @param payloadOffset where the `mdat`'s payload begins
/// @param startTicks decode time of its first sample on the stream's time line, in the track's
///   timescale
/// @param startMs the same in ms; durations in ms are differences of rounded times, so that they
///   add up
/// @param independent whether it starts with a key frame
/// @param startedAt wall clock at its start
public record LiveFragment(
        LiveTrack track,
        long segment,
        int part,
        byte[] bytes,
        int payloadOffset,
        long startTicks,
        long durationTicks,
        long startMs,
        long durationMs,
        boolean independent,
        Instant startedAt,
        LiveSamples samples) {
    @Override
    public String toString() {
        return track.kind() + " " + segment + "." + part + " at " + startMs + " ms";
    }
}
