package io.millrace.benchmarks.load;

/// One who watches a live stream. Its event loop only.
interface Viewing {
    long received();

    boolean isClosed();

    /// One that stopped reading goes on.
    void readAgain();

    void close();
}
