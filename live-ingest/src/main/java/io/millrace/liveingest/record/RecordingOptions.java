package io.millrace.liveingest.record;

import java.time.Duration;

/// @param node whose recordings these are: names the markers that recovery looks for
/// @param resumeAfterStart how long a recording that a run of this node left in the middle waits
///   after the next start for its publisher, to go on; zero where it is finished at once
public record RecordingOptions(
        String node, Storage storage, Orphans orphans, Split split, Duration resumeAfterStart) {
    /// @param syncInterval what a power cut may take
    /// @param maxQueued how much media waits for slow storage before the recording stops
    /// @param retryAfter after storage failed, when the recording tries again with a new file
    public record Storage(Duration syncInterval, Duration maxQueued, Duration retryAfter) {}

    /// @param aliveInterval a recording's journal grows at least so often as long as its node lives
    /// @param after a recording whose journal stood still for so long has lost its node; another
    ///   finishes it
    public record Orphans(Duration aliveInterval, Duration after) {
        public Orphans {
            if (aliveInterval.multipliedBy(3).compareTo(after) > 0) {
                throw new IllegalArgumentException(
                        "aliveInterval, after: "
                                + aliveInterval
                                + ", "
                                + after
                                + " (expected: 3 * aliveInterval <= after)");
            }
        }

        /// Its own recordings a node gives up earlier than others take them for lost.
        Duration fenceAfter() {
            return after.multipliedBy(3).dividedBy(5);
        }
    }

    /// When a recording ends, and another begins at the next key frame.
    ///
    /// @param after it is as long; zero for never
    /// @param bytes it is as large; zero for never
    public record Split(Duration after, long bytes) {
        public static final Split NEVER = new Split(Duration.ZERO, 0);

        public Split {
            if (after.isNegative() || bytes < 0) {
                throw new IllegalArgumentException(
                        "after, bytes: " + after + ", " + bytes + " (expected: >= 0)");
            }
        }

        boolean isDue(long durationMs, long sizeBytes) {
            return (after.isPositive() && durationMs >= after.toMillis())
                    || (bytes > 0 && sizeBytes >= bytes);
        }
    }

    public static RecordingOptions of(String node) {
        return new RecordingOptions(
                node,
                new Storage(Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofSeconds(3)),
                new Orphans(Duration.ofSeconds(5), Duration.ofSeconds(25)),
                Split.NEVER,
                Duration.ZERO);
    }

    public RecordingOptions withNode(String name) {
        return new RecordingOptions(name, storage, orphans, split, resumeAfterStart);
    }

    public RecordingOptions withStorage(Storage times) {
        return new RecordingOptions(node, times, orphans, split, resumeAfterStart);
    }

    public RecordingOptions withOrphans(Orphans times) {
        return new RecordingOptions(node, storage, times, split, resumeAfterStart);
    }

    public RecordingOptions withSplit(Split when) {
        return new RecordingOptions(node, storage, orphans, when, resumeAfterStart);
    }

    public RecordingOptions withResumeAfterStart(Duration window) {
        return new RecordingOptions(node, storage, orphans, split, window);
    }
}
