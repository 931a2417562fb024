package io.millrace.delivery.http;

import java.time.Duration;

/// What a client may take from a listener.
///
/// @param requestLineBytes longest request line; longer: 414
/// @param headerBytes longest header block, of HTTP/2 the header list; longer: 431
/// @param headerTime from connect (or a request's first byte) to the end of its head; later: 408
/// @param handshakeTime for TLS
/// @param keepAliveTime how long a connection may idle between requests
/// @param bodyBytesPerSecond smallest rate of a request body, over {@link #bodyRateWindow}; 0: any
/// @param bodyRateWindow how long a body may be slower
/// @param writeStallTime how long a client may take nothing of a reply
/// @param connections open at once; more are closed on arrival
/// @param connectionsPerAddress of them from one address (of IPv6: one /64); 0: any number
/// @param requests under way at once; near it load is shed, first gently
/// @param requestsPerAddress of them from one address; more: 429; 0: any number
/// @param http2 frames
/// @param ranges parts of one reply to a multiple range; more: the whole is sent
public record HttpLimits(
        int requestLineBytes,
        int headerBytes,
        Duration headerTime,
        Duration handshakeTime,
        Duration keepAliveTime,
        long bodyBytesPerSecond,
        Duration bodyRateWindow,
        Duration writeStallTime,
        int connections,
        int connectionsPerAddress,
        int requests,
        int requestsPerAddress,
        Http2Limits http2,
        int ranges) {

    /// Of one HTTP/2 connection.
    ///
    /// @param streams requests under way at once
    /// @param resets of streams, sent or received, in {@link #window}; more: the connection is
    ///   closed
    /// @param controlFrames SETTINGS, and as many PINGs, in {@link #window}; more: likewise
    /// @param window over which frames are counted
    public record Http2Limits(int streams, int resets, int controlFrames, Duration window) {
        public static final Http2Limits DEFAULT =
                new Http2Limits(100, 200, 100, Duration.ofSeconds(30));

        public Http2Limits {
            check("streams", streams, 1, 10_000);
            check("resets", resets, 1, 1_000_000);
            check("controlFrames", controlFrames, 1, 1_000_000);
            check("window s", window.toSeconds(), 1, 3600);
        }
    }

    public static final HttpLimits DEFAULT =
            new HttpLimits(
                    8 << 10,
                    16 << 10,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(75),
                    1024,
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(60),
                    20_000,
                    0,
                    20_000,
                    0,
                    Http2Limits.DEFAULT,
                    16);

    public HttpLimits {
        check("requestLineBytes", requestLineBytes, 1024, 1 << 20);
        check("headerBytes", headerBytes, 1024, 1 << 20);
        check("bodyBytesPerSecond", bodyBytesPerSecond, 0, 1 << 30);
        check("connections", connections, 1, 10_000_000);
        check("connectionsPerAddress", connectionsPerAddress, 0, 10_000_000);
        check("requests", requests, 1, 10_000_000);
        check("requestsPerAddress", requestsPerAddress, 0, 10_000_000);
        check("ranges", ranges, 1, 1000);
        check("headerTime ms", headerTime.toMillis(), 10, 3_600_000);
        check("handshakeTime ms", handshakeTime.toMillis(), 10, 3_600_000);
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

    /// The same with other times: for heads, between requests, for bodies, for replies.
    HttpLimits withTimes(Duration head, Duration idle, Duration bodyWindow, Duration stall) {
        return new HttpLimits(
                requestLineBytes,
                headerBytes,
                head,
                handshakeTime,
                idle,
                bodyBytesPerSecond,
                bodyWindow,
                stall,
                connections,
                connectionsPerAddress,
                requests,
                requestsPerAddress,
                http2,
                ranges);
    }

    /// The same with other numbers: of connections and requests, in all and of one address.
    HttpLimits withNumbers(
            int allConnections, int addressConnections, int allRequests, int addressRequests) {
        return new HttpLimits(
                requestLineBytes,
                headerBytes,
                headerTime,
                handshakeTime,
                keepAliveTime,
                bodyBytesPerSecond,
                bodyRateWindow,
                writeStallTime,
                allConnections,
                addressConnections,
                allRequests,
                addressRequests,
                http2,
                ranges);
    }
}
