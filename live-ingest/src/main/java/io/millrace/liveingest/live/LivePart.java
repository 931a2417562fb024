package io.millrace.liveingest.live;

import java.time.Instant;

/// One fragment (`moof` and `mdat`) of all tracks. Its bytes are shared by every viewer and the
/// recorder and never change; they are on the heap, so nobody has to release them.
///
/// @param startMs decode time of the first sample of the leading track on the stream's time line
/// @param durationMs of the leading track
/// @param independent whether it starts with a key frame
/// @param startedAt wall clock at its start
/// @param videoFrames and audioFrames how many samples it has
public record LivePart(
        byte[] bytes,
        long startMs,
        long durationMs,
        boolean independent,
        Instant startedAt,
        int videoFrames,
        int audioFrames) {}
