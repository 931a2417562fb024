package io.millrace.delivery.http;

import java.time.Duration;

/// What a WebSocket's peer may do.
///
/// @param maxFrameBytes largest frame taken; a frame is held until it is whole
/// @param maxTextBytes largest text message, over all of its frames
/// @param maxQueuedBytes what may wait for a peer that does not read
/// @param pingAfter silence after which it is asked whether it is there
/// @param closeAfter silence after which it is taken for gone
public record WebSocketOptions(
        int maxFrameBytes,
        int maxTextBytes,
        int maxQueuedBytes,
        Duration pingAfter,
        Duration closeAfter) {
    public static final WebSocketOptions DEFAULT =
            new WebSocketOptions(
                    1 << 20, 16 << 10, 256 << 10, Duration.ofSeconds(20), Duration.ofSeconds(45));

    public WebSocketOptions {
        check("maxFrameBytes", maxFrameBytes, 125, 64 << 20);
        check("maxTextBytes", maxTextBytes, 125, 64 << 20);
        check("maxQueuedBytes", maxQueuedBytes, 1024, 64 << 20);
        check("pingAfter ms", pingAfter.toMillis(), 10, 3_600_000);
        check("closeAfter ms", closeAfter.toMillis(), pingAfter.toMillis() + 1, 3_600_000);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}
