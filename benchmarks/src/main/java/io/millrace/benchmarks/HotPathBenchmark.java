package io.millrace.benchmarks;

import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Warmup;

/// How every benchmark here is run: the collector, object layout and native access that
/// `bin/millrace` chooses. They matter: without `sun.misc.Unsafe`, which Netty leaves alone on this
/// JDK, a new direct buffer is filled with zeros.
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {
            "-XX:+UseG1GC",
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx1g"
        })
public abstract class HotPathBenchmark {}
