package io.millrace.liveingest.stream;

import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/// What the sources of one stream agree on: where an encoder's clock and the wall clock lie on the
/// stream's time line, so that renditions of one picture get one time.
///
/// The first source to come, or to come back when all were gone, leads: the line goes on without a
/// hole, and from there wall time and stream time run together. Who joins while others run is
/// placed by the leader's clock where the encoder's times fit it (renditions of one encoder), else
/// by wall time. Its stream's event loop only, but for {@link #wallTime}.
public final class StreamClock {
    /// An encoder's clock within this of wall time is the leader's.
    private static final long SAME_CLOCK_MS = 3000;

    private final Clock wall;
    private final Set<StreamTimeline> running = new HashSet<>();
    private int offset;
    private boolean everStarted;
    private long lastOut;
    private long lastWallMs;
    private long end;
    private volatile long wallAtZeroMs = Long.MIN_VALUE;

    public StreamClock(Clock wall) {
        this.wall = wall;
    }

    /// Has a stream's line begin there: it goes on with another one. Before its first source.
    public void startAt(long streamMs) {
        if (streamMs > 0 && !everStarted) {
            end = streamMs;
            everStarted = true;
        }
    }

    /// Wall time of a stream time; thread-safe. Moves where the stream was interrupted.
    public Instant wallTime(long streamMs) {
        long zero = wallAtZeroMs;
        return Instant.ofEpochMilli(zero == Long.MIN_VALUE ? wall.millis() : zero + streamMs);
    }

    /// Where the line ends.
    long endMs() {
        return end;
    }

    /// Where a source's first unit, or the first after a jump, lies.
    ///
    /// @param raw as the encoder says it
    /// @param ownJoint where this source's own line ends; 0 when it has none
    /// @param jumped whether the source was running and its encoder's clock jumped
    /// @param wallMs a clock that only goes forward
    long join(StreamTimeline source, int raw, long ownJoint, boolean jumped, long wallMs) {
        boolean others = running.size() > (running.contains(source) ? 1 : 0);
        boolean leads = running.isEmpty();
        running.add(source);
        long start;
        if (leads) {
            start = everStarted ? Math.max(ownJoint, end) : ownJoint;
            everStarted = true;
            wallAtZeroMs = wall.millis() - start;
            offset = (int) start - raw;
            return start;
        }
        long expected = lastOut + (wallMs - lastWallMs);
        long candidate = expected + (raw + offset - (int) expected);
        if (Math.abs(candidate - expected) <= SAME_CLOCK_MS && candidate >= ownJoint) {
            return candidate;
        }
        start = others && !jumped ? Math.max(ownJoint, expected) : ownJoint;
        if (!others || jumped) {
            offset = (int) start - raw;
        }
        return start;
    }

    void placed(long out, long unitEnd, long wallMs) {
        if (out >= lastOut) {
            lastOut = out;
            lastWallMs = wallMs;
        }
        end = Math.max(end, unitEnd);
    }

    /// The source's publisher is gone.
    void left(StreamTimeline source) {
        running.remove(source);
    }
}
