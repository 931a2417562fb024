package io.millrace.delivery.http;

/// How many frames of a kind a peer may send in a window of time: each costs it little and us an
/// answer. Its event loop only.
final class FrameBudget {
    private final int most;
    private final long windowNs;
    private long sinceNs = System.nanoTime();
    private int count;

    FrameBudget(int most, long windowNs) {
        this.most = most;
        this.windowNs = windowNs;
    }

    /// Counts one; false when it is one too many.
    boolean take() {
        long now = System.nanoTime();
        if (now - sinceNs > windowNs) {
            sinceNs = now;
            count = 0;
        }
        return ++count <= most;
    }
}
