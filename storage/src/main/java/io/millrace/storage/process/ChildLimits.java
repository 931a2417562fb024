package io.millrace.storage.process;

import java.time.Duration;

/// What a child may use before it is ended.
///
/// @param wallClock from start to end
/// @param noProgress without any line on its standard output and without growth of its output;
///   longer than the wall clock: not watched
/// @param cpu of all its threads, where prlimit is there
/// @param outputBytes of all files in its output folder; also the size of any single file it writes
/// @param memoryBytes of address space, where prlimit is there
public record ChildLimits(
        Duration wallClock, Duration noProgress, Duration cpu, long outputBytes, long memoryBytes) {
    public ChildLimits {
        if (wallClock.isNegative() || wallClock.isZero() || outputBytes <= 0 || memoryBytes <= 0) {
            throw new IllegalArgumentException("limits: not positive");
        }
    }

    /// For programs that look at a file: ffprobe, a thumbnail.
    public static ChildLimits brief() {
        return new ChildLimits(
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                64L << 20,
                4L << 30);
    }
}
