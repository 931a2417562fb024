package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;

/// What a viewer finds out from the tags it gets: when its first picture was whole, and how old
/// each is. Its event loop only.
final class Probe {
    /// For viewers that look at nothing.
    static final Probe NONE = new Probe(false);

    private static final int VIDEO = 9;
    private static final int MAX_SAMPLES = 100_000;

    private final boolean parses;
    private long firstPictureNanos;
    private long pictures;
    private long[] agesNanos = new long[1024];
    private int ages;

    Probe(boolean parses) {
        this.parses = parses;
    }

    boolean parses() {
        return parses;
    }

    /// Borrows `body`.
    void tag(int type, ByteBuf body) {
        if (type != VIDEO
                || body.readableBytes() < 16
                || body.getByte(body.readerIndex() + 1) != 1) {
            return;
        }
        long now = System.nanoTime();
        if (pictures++ == 0) {
            firstPictureNanos = now;
        }
        long age = now - body.getLong(body.writerIndex() - Long.BYTES);
        if (age > 0 && age < 60_000_000_000L && ages < MAX_SAMPLES) {
            if (ages == agesNanos.length) {
                agesNanos = Arrays.copyOf(agesNanos, ages * 2);
            }
            agesNanos[ages++] = age;
        }
    }

    long pictures() {
        return pictures;
    }

    /// 0 when there was none.
    long firstPictureNanos() {
        return firstPictureNanos;
    }

    /// Forgets ages.
    void restart() {
        ages = 0;
    }

    /// @param share 0.5 for the median; -1 ms when nothing was seen
    double ageMs(double share) {
        if (ages == 0) {
            return -1;
        }
        long[] sorted = Arrays.copyOf(agesNanos, ages);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(ages - 1L, (long) (ages * share))] / 1e6;
    }
}
