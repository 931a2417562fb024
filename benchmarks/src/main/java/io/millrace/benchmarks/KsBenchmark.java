package io.millrace.benchmarks;

import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.KsFormat;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A session token from its text to a verified session, as every API call does it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class KsBenchmark extends HotPathBenchmark {
    private static final List<String> SECRETS = List.of("ec7d2b1a0f3c4d5e6f708192a3b4c5d6");

    /// The published vectors (kaltura-v3 b.1, b.2).
    private static final String VERSION_1 =
            "MzQwYzdmNWM1MTM4ODkzZGU5NzgyNGZkMzUxNjA4ZGYwZjQxMDQ0OHwxMDI7MTAyOzE4OTM0NTYwMDA7MjsxMjM0NTYuNzg5O3Rlc3RlcjtkaXNhYmxlZW50aXRsZW1lbnQsbGlzdDoqOzs=";

    private static final String VERSION_2 =
            "djJ8MTAyfMvrM5XgVmpyASNa_DQe0U4EOojQqOqmLdVlxrtF7xGJo7T2HeIRA8fwvpRcr5ytWxf7RbpIMxgmT-dqSXJXxYXL3Ax3hUk3nGXfIeCdY0JLcimMMMw_Q_3WXxMQ1rMxKg==";

    @Param({"1", "2"})
    public int version;

    private String ks = "";

    @Setup(Level.Trial)
    public void choose() {
        ks = version == 1 ? VERSION_1 : VERSION_2;
        if (openAndVerify().isEmpty()) {
            throw new IllegalStateException("version " + version + " is refused");
        }
    }

    @Benchmark
    public Optional<Ks> openAndVerify() {
        return KsFormat.open(ks).flatMap(opened -> opened.verify(SECRETS));
    }
}
