package io.millrace.benchmarks;

import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.KsFormat;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A session token from its text to a verified session, as every API call does it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KsBenchmark {
    private static final List<String> SECRETS = List.of("ec7d2b1a0f3c4d5e6f708192a3b4c5d6");

    /// The published vectors (kaltura-v3 b.1, b.2): one of each version.
    @Param({
        "MzQwYzdmNWM1MTM4ODkzZGU5NzgyNGZkMzUxNjA4ZGYwZjQxMDQ0OHwxMDI7MTAyOzE4OTM0NTYwMDA7MjsxMjM0NTYuNzg5O3Rlc3RlcjtkaXNhYmxlZW50aXRsZW1lbnQsbGlzdDoqOzs=",
        "djJ8MTAyfMvrM5XgVmpyASNa_DQe0U4EOojQqOqmLdVlxrtF7xGJo7T2HeIRA8fwvpRcr5ytWxf7RbpIMxgmT-dqSXJXxYXL3Ax3hUk3nGXfIeCdY0JLcimMMMw_Q_3WXxMQ1rMxKg=="
    })
    public String ks = "";

    @Benchmark
    public Optional<Ks> openAndVerify() {
        return KsFormat.open(ks).flatMap(opened -> opened.verify(SECRETS));
    }
}
