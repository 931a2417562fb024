package io.millrace.benchmarks.load;

import java.util.concurrent.TimeUnit;

/// What a paced client has of what it plays. As players do, it begins when it holds a second's
/// worth, and reads no more than that ahead. Its event loop's.
final class Playback {
    /// What is held before it begins, and before it stops reading.
    static final long AHEAD_BYTES = 256 << 10;

    private final long bytesPerSecond;
    private final long askedNs = System.nanoTime();
    private long bytes;
    private long beganNs;
    private long worstNs;
    private long worstAtNs;

    Playback(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    void got(int count) {
        if (beganNs != 0) {
            // What came too late counts as it comes, not only at the next tick.
            look();
        }
        bytes += count;
        if (beganNs == 0 && bytes >= AHEAD_BYTES) {
            beganNs = System.nanoTime();
        }
    }

    /// Whether it holds all it wants.
    boolean isAhead() {
        return bytes - due() >= AHEAD_BYTES;
    }

    /// Sees how far behind it is.
    void look() {
        long late = due() - bytes;
        long lateNs = late * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
        if (lateNs > worstNs) {
            worstNs = lateNs;
            worstAtNs = System.nanoTime();
        }
    }

    private long due() {
        return beganNs == 0 ? 0 : (System.nanoTime() - beganNs) / 1000 * bytesPerSecond / 1_000_000;
    }

    long bytes() {
        return bytes;
    }

    boolean began() {
        return beganNs != 0;
    }

    /// From asking to the first second's worth; as yet when that is not here.
    long delayNs() {
        return (beganNs == 0 ? System.nanoTime() : beganNs) - askedNs;
    }

    /// What was behind so far does not count.
    void forget() {
        worstNs = 0;
    }

    /// How far behind what it plays it ever was.
    long worstNs() {
        return worstNs;
    }

    /// How long after it began that was.
    long worstAfterNs() {
        return worstNs == 0 ? 0 : worstAtNs - beganNs;
    }
}
