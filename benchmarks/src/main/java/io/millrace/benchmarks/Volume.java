package io.millrace.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Adds a second figure to a benchmark whose unit is operations per second: the bytes that these
/// operations were about, in MB/s (1 MB is 1,000,000 bytes).
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Volume {
    private long bytes;

    @Setup(Level.Iteration)
    public void reset() {
        bytes = 0;
    }

    void add(long more) {
        bytes += more;
    }

    /// Counted, not a rate: JMH divides it by the time.
    public double megabytes() {
        return bytes / 1e6;
    }
}
