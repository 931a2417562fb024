/// JMH for the hot paths, one class for the class it measures; whole-server loads are in `load/`,
/// figures in `results/`.
///
/// `mvn -B package -pl benchmarks -am -Pjmh -DskipTests -Djmh.args="ChunkReader -prof gc"`
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
