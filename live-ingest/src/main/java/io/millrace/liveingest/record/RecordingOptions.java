package io.millrace.liveingest.record;

import java.time.Duration;

/// @param node whose recordings these are: names the markers that recovery looks for
/// @param syncInterval what a power cut may take
/// @param maxQueued how much media waits for slow storage before the recording stops
/// @param retryAfter after storage failed, when the recording tries again with a new file
public record RecordingOptions(
        String node, Duration syncInterval, Duration maxQueued, Duration retryAfter) {
    public static RecordingOptions of(String node, Duration maxQueued) {
        return new RecordingOptions(node, Duration.ofSeconds(1), maxQueued, Duration.ofSeconds(5));
    }
}
