package io.millrace.delivery.http;

/// A connection with deadlines, looked at by its loop's {@link LoopSweep}. Its event loop only.
interface Swept {
    /// Checks the deadline of whatever is under way.
    void sweep(long nowNs);

    /// Ends the connection if nothing is under way, else after what is.
    void drain();

    /// Ends it now.
    void abort();

    /// Where the sweep holds this; -1 when it does not.
    int sweepIndex();

    void sweepIndex(int index);
}
