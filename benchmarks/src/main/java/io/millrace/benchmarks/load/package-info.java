/// Clients for whole-server runs, started by `benchmarks/load/run`: what wrk cannot do, many
/// connections that idle, ask at one moment or read slowly.
@NullMarked
package io.millrace.benchmarks.load;

import org.jspecify.annotations.NullMarked;
