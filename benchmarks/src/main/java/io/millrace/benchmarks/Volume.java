package io.millrace.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// Adds two figures to a benchmark that is scored in operations per second: the bytes that these
/// operations were about, in MB/s (1 MB is 1,000,000 bytes), by the clock and by the thread's own
/// time. Both print as "ops/s". The thread's own time leaves out when others had the processor, so
/// a shared machine disturbs it less; it also leaves out the collector's threads.
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Volume {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private long bytes;
    private long startedNs;
    private long cpuAtStartNs;

    @Setup(Level.Iteration)
    public void reset() {
        bytes = 0;
        startedNs = System.nanoTime();
        cpuAtStartNs = THREADS.getCurrentThreadCpuTime();
    }

    void add(long more) {
        bytes += more;
    }

    /// A count, which JMH divides by the time.
    public double megabytes() {
        return bytes / 1e6;
    }

    /// As many as it would have been without pauses, for JMH to divide by the time.
    public double megabytesPerCpuSecond() {
        double elapsedNs = System.nanoTime() - startedNs;
        double ranNs = Math.max(1, THREADS.getCurrentThreadCpuTime() - cpuAtStartNs);
        return megabytes() * elapsedNs / ranNs;
    }
}
