package io.millrace.liveingest.record;

import java.time.Duration;

/// @param node whose recordings these are: names the markers that recovery looks for
/// @param syncInterval what a power cut may take
/// @param maxQueued how much media waits for slow storage before the recording stops
/// @param retryAfter after storage failed, when the recording tries again with a new file
/// @param aliveInterval a recording's journal grows at least so often as long as its node lives
/// @param orphanAfter a recording whose journal stood still for so long has lost its node; another
///   finishes it
/// @param splitAfter a recording that is as long ends, and another begins, at the next key frame;
///   zero for never
/// @param splitBytes the same by its size; zero for never
/// @param resumeAfterStart how long a recording that a run of this node left in the middle waits
///   after the next start for its publisher, to go on; zero where it is finished at once
public record RecordingOptions(
        String node,
        Duration syncInterval,
        Duration maxQueued,
        Duration retryAfter,
        Duration aliveInterval,
        Duration orphanAfter,
        Duration splitAfter,
        long splitBytes,
        Duration resumeAfterStart) {
    public static RecordingOptions of(String node) {
        return new RecordingOptions(
                node,
                Duration.ofSeconds(1),
                Duration.ofSeconds(8),
                Duration.ofSeconds(3),
                Duration.ofSeconds(5),
                Duration.ofSeconds(25),
                Duration.ZERO,
                0,
                Duration.ZERO);
    }

    public RecordingOptions {
        if (aliveInterval.multipliedBy(3).compareTo(orphanAfter) > 0) {
            throw new IllegalArgumentException(
                    "aliveInterval, orphanAfter: "
                            + aliveInterval
                            + ", "
                            + orphanAfter
                            + " (expected: 3 * aliveInterval <= orphanAfter)");
        }
        if (splitAfter.isNegative() || splitBytes < 0) {
            throw new IllegalArgumentException(
                    "splitAfter, splitBytes: "
                            + splitAfter
                            + ", "
                            + splitBytes
                            + " (expected: >= 0)");
        }
    }

    /// Its own recordings a node gives up earlier than others take them for lost.
    Duration fenceAfter() {
        return orphanAfter.multipliedBy(3).dividedBy(5);
    }

    public RecordingOptions withNode(String name) {
        return new RecordingOptions(
                name,
                syncInterval,
                maxQueued,
                retryAfter,
                aliveInterval,
                orphanAfter,
                splitAfter,
                splitBytes,
                resumeAfterStart);
    }

    public RecordingOptions withStorageTimes(Duration sync, Duration retry) {
        return new RecordingOptions(
                node,
                sync,
                maxQueued,
                retry,
                aliveInterval,
                orphanAfter,
                splitAfter,
                splitBytes,
                resumeAfterStart);
    }

    public RecordingOptions withOrphanTimes(Duration alive, Duration orphan) {
        return new RecordingOptions(
                node,
                syncInterval,
                maxQueued,
                retryAfter,
                alive,
                orphan,
                splitAfter,
                splitBytes,
                resumeAfterStart);
    }

    public RecordingOptions withSplit(Duration after, long bytes) {
        return new RecordingOptions(
                node,
                syncInterval,
                maxQueued,
                retryAfter,
                aliveInterval,
                orphanAfter,
                after,
                bytes,
                resumeAfterStart);
    }

    public RecordingOptions withResumeAfterStart(Duration window) {
        return new RecordingOptions(
                node,
                syncInterval,
                maxQueued,
                retryAfter,
                aliveInterval,
                orphanAfter,
                splitAfter,
                splitBytes,
                window);
    }
}
