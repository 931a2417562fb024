package io.millrace.batch.worker;

import io.millrace.batch.transcode.TranscodeSettings;

import java.nio.file.Path;
import java.time.Duration;

/// How the batch role works.
///
/// @param workerName names this node in the job list
/// @param convertSlots conversions at once
/// @param briefSlots probes and thumbnails at once; apart, so that no probe waits for a conversion
/// @param useSandbox false: never bubblewrap
/// @param programsFolder where ffmpeg is unpacked to
/// @param heartbeat between renewals of a lease
/// @param giveUpAfter a job that could not be renewed for so long, by our own clock, is dropped:
///   below the lease, so that the next worker never meets this one
public record BatchSettings(
        String workerName,
        int convertSlots,
        int briefSlots,
        TranscodeSettings transcode,
        boolean useSandbox,
        Path programsFolder,
        Duration heartbeat,
        Duration giveUpAfter) {
    public BatchSettings {
        if (workerName.isBlank() || workerName.length() > 100) {
            throw new IllegalArgumentException(
                    "batch.workerName: '" + workerName + "' (expected: 1..100 characters)");
        }
        if (convertSlots < 0 || convertSlots > 64 || briefSlots < 1 || briefSlots > 64) {
            throw new IllegalArgumentException(
                    "batch slots: "
                            + convertSlots
                            + ", "
                            + briefSlots
                            + " (expected: 0..64, 1..64)");
        }
        if (heartbeat.compareTo(giveUpAfter) >= 0) {
            throw new IllegalArgumentException(
                    "batch.heartbeat: " + heartbeat + " (expected: below " + giveUpAfter + ")");
        }
    }

    /// One conversion per two cores, heartbeats each 10 s, giving up at 25 s (of the lease's 30).
    public static BatchSettings defaults(String workerName, Path programsFolder) {
        int cores = Runtime.getRuntime().availableProcessors();
        return new BatchSettings(
                workerName,
                Math.max(1, cores / 2),
                Math.max(1, cores / 2),
                TranscodeSettings.DEFAULT,
                true,
                programsFolder,
                Duration.ofSeconds(10),
                Duration.ofSeconds(25));
    }
}
