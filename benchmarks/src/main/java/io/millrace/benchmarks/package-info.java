/// JMH for the hot paths, whole-server load runs, and the log of their results.
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
