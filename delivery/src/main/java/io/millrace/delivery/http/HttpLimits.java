package io.millrace.delivery.http;

import java.time.Duration;

/// What a client may take from a listener.
///
/// @param requestLineBytes longest request line; longer: 414
/// @param headerBytes longest header block; longer: 431
/// @param headerTime from connect (or a request's first byte) to the end of its head; later: 408
/// @param keepAliveTime how long a connection may idle between requests
/// @param bodyBytesPerSecond smallest rate of a request body, over {@link #bodyRateWindow}
/// @param bodyRateWindow how long a body may be slower
/// @param writeStallTime how long a client may take nothing of a reply
/// @param connections open at once; more are closed on arrival
/// @param ranges parts of one reply to a multiple range; more: the whole is sent
public record HttpLimits(
        int requestLineBytes,
        int headerBytes,
        Duration headerTime,
        Duration keepAliveTime,
        long bodyBytesPerSecond,
        Duration bodyRateWindow,
        Duration writeStallTime,
        int connections,
        int ranges) {

    public static final HttpLimits DEFAULT =
            new HttpLimits(
                    16 << 10,
                    32 << 10,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(75),
                    1024,
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(60),
                    20_000,
                    16);

    public HttpLimits {
        check("requestLineBytes", requestLineBytes, 1024, 1 << 20);
        check("headerBytes", headerBytes, 1024, 1 << 20);
        check("bodyBytesPerSecond", bodyBytesPerSecond, 0, 1 << 30);
        check("connections", connections, 1, 10_000_000);
        check("ranges", ranges, 1, 1000);
        check("headerTime ms", headerTime.toMillis(), 10, 3_600_000);
        check("keepAliveTime ms", keepAliveTime.toMillis(), 10, 86_400_000);
        check("bodyRateWindow ms", bodyRateWindow.toMillis(), 10, 3_600_000);
        check("writeStallTime ms", writeStallTime.toMillis(), 10, 3_600_000);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}
