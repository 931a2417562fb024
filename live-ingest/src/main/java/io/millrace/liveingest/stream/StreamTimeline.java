package io.millrace.liveingest.stream;

/// From an encoder's 32-bit milliseconds to a stream's time line: 64 bit, starting at 0, never
/// going back on a track, without holes where publishers change or clocks jump.
///
/// * Wrap: each time is the signed 32-bit difference to the last one of any track.
/// * A track's step back of up to {@link #SMALL_STEP_MS} is clamped to the last time + 1.
/// * A step of more than {@link #JUMP_MS} either way is a jump, unless the wall clock made the same
///   step (a stalled encoder): all tracks are moved by one common amount so that the line goes on.
///
/// The sources of a stream share a {@link StreamClock}, which places them beside each other. Its
/// stream's event loop only.
final class StreamTimeline {
    static final long SMALL_STEP_MS = 250;
    static final long JUMP_MS = 2000;
    private static final long WALL_TOLERANCE_MS = 1000;
    private static final long USUAL_FRAME_MS = 33;

    private final StreamClock clock;
    private boolean anchored;
    private int lastRaw;
    private long lastUnwrapped;
    private long lastWallMs;
    private long offset;
    private final long[] lastOut = {Long.MIN_VALUE, Long.MIN_VALUE};
    private long end;
    private long shownUntil;
    private boolean jumped;
    private boolean keepsTimes;

    StreamTimeline(StreamClock clock) {
        this.clock = clock;
    }

    /// The publisher is gone: the next one's first unit continues where the stream's line ends
    /// then.
    void stopPublisher() {
        clock.left(this);
    }

    /// A new publisher: its first unit continues where the line ended.
    void startPublisher() {
        anchored = false;
        keepsTimes = false;
    }

    /// The publisher's times are stream times already: its units were made from another source's.
    /// It neither follows nor leads the stream's clock.
    void keepTimes() {
        keepsTimes = true;
    }

    /// Where the line ends: no later unit is decoded before it.
    long endMs() {
        return end;
    }

    /// Whether the last call of {@link #place} met a jump.
    boolean jumped() {
        return jumped;
    }

    /// The stream time of a unit.
    ///
    /// @param track 0 or 1
    /// @param raw unsigned 32 bit; a stream time after {@link #keepTimes}
    /// @param compositionTimeMs the unit's; where the line is joined, pictures must not be shown
    ///   before the last ones of the old part, which pictures out of order reach beyond {@link
    ///   #endMs}
    /// @param wallMs a clock that only goes forward
    long place(int track, long raw, int compositionTimeMs, long wallMs) {
        jumped = false;
        if (keepsTimes) {
            return kept(track, raw, compositionTimeMs);
        }
        int raw32 = (int) raw;
        long unwrapped = anchored ? lastUnwrapped + (raw32 - lastRaw) : raw;
        if (!anchored) {
            offset = join(raw32, compositionTimeMs, false, wallMs) - unwrapped;
            anchored = true;
        } else {
            long step = unwrapped - lastUnwrapped;
            long wallStep = wallMs - lastWallMs;
            boolean wallAgrees = step > 0 && Math.abs(step - wallStep) <= WALL_TOLERANCE_MS;
            long back = lastOut[track] - (unwrapped + offset);
            if ((Math.abs(step) > JUMP_MS && !wallAgrees)
                    || (lastOut[track] != Long.MIN_VALUE && back > SMALL_STEP_MS)) {
                jumped = true;
                offset = join(raw32, compositionTimeMs, true, wallMs) - unwrapped;
            }
        }
        lastRaw = raw32;
        lastUnwrapped = unwrapped;
        lastWallMs = wallMs;
        long out = unwrapped + offset;
        if (lastOut[track] != Long.MIN_VALUE && out <= lastOut[track]) {
            out = lastOut[track] + 1;
        }
        long frame =
                lastOut[track] == Long.MIN_VALUE
                        ? USUAL_FRAME_MS
                        : Math.clamp(out - lastOut[track], 1, 100);
        lastOut[track] = out;
        end = Math.max(end, out + frame);
        shownUntil = Math.max(shownUntil, out + compositionTimeMs + frame);
        clock.placed(out, out + frame, wallMs);
        return out;
    }

    private long kept(int track, long streamMs, int compositionTimeMs) {
        long last = lastOut[track];
        long out = last == Long.MIN_VALUE ? streamMs : Math.max(streamMs, last + 1);
        long frame = last == Long.MIN_VALUE ? USUAL_FRAME_MS : Math.clamp(out - last, 1, 100);
        lastOut[track] = out;
        end = Math.max(end, out + frame);
        shownUntil = Math.max(shownUntil, out + compositionTimeMs + frame);
        return out;
    }

    private long join(int raw, int compositionTimeMs, boolean jump, long wallMs) {
        long joint = end == 0 ? 0 : Math.max(end, shownUntil - compositionTimeMs);
        return clock.join(this, raw, joint, jump, wallMs);
    }
}
