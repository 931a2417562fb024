package io.millrace.mediaserver.config;

import io.millrace.delivery.http.HttpLimits;

import java.time.Duration;

/// What a client may take from the HTTP and HTTPS listeners.
public record HttpLimitsConfig(
        @Setting(
                        key = "http.max-request-line",
                        value = "8KB",
                        unit = "bytes",
                        help = "Longest request line; longer ones are answered with 414.",
                        min = 1024,
                        max = 1048576)
                ByteSize maxRequestLine,
        @Setting(
                        key = "http.max-header",
                        value = "16KB",
                        unit = "bytes",
                        help =
                                "Largest header block of a request, of HTTP/2 its header list; larger ones are answered with 431.",
                        min = 1024,
                        max = 1048576)
                ByteSize maxHeader,
        @Setting(
                        key = "http.handshake-timeout",
                        value = "5s",
                        unit = "duration",
                        help = "A TLS handshake must be over within this time.",
                        min = 1,
                        max = 300)
                Duration handshakeTimeout,
        @Setting(
                        key = "http.write-timeout",
                        value = "60s",
                        unit = "duration",
                        help = "A client that takes nothing of its reply for this long is closed.",
                        min = 1,
                        max = 3600)
                Duration writeTimeout,
        @Setting(
                        key = "http.min-body-rate",
                        value = "1KB",
                        unit = "bytes",
                        help =
                                "A request's body must come at this rate a second, on average over http.body-rate-window; 0: at any rate.",
                        min = 0,
                        max = 1073741824)
                ByteSize minBodyRate,
        @Setting(
                        key = "http.body-rate-window",
                        value = "15s",
                        unit = "duration",
                        help = "How long a request's body may come slower.",
                        min = 1,
                        max = 3600)
                Duration bodyRateWindow,
        @Setting(
                        key = "http.max-connections-per-address",
                        value = "0",
                        unit = "connections",
                        help =
                                "Connections of one client address (of IPv6 one /64); more are closed on arrival. Loopback and proxies are not limited. 0: any number.",
                        min = 0,
                        max = 1000000)
                int maxConnectionsPerAddress,
        @Setting(
                        key = "http.max-requests",
                        value = "20000",
                        unit = "requests",
                        help =
                                "Requests under way at once on a listener. From 85 % on connections are not kept and new sessions get 503, from 95 % on every request does.",
                        min = 10,
                        max = 1000000)
                int maxRequests,
        @Setting(
                        key = "http.max-requests-per-address",
                        value = "0",
                        unit = "requests",
                        help =
                                "Requests of one client address under way at once; more are answered with 429. 0: any number.",
                        min = 0,
                        max = 1000000)
                int maxRequestsPerAddress,
        @Setting(
                        key = "http.max-streams",
                        value = "100",
                        unit = "streams",
                        help = "Requests under way at once on one HTTP/2 connection.",
                        min = 1,
                        max = 10000)
                int maxStreams,
        @Setting(
                        key = "http.max-resets",
                        value = "200",
                        unit = "frames",
                        help =
                                "Streams of one HTTP/2 connection that may be reset in 30 seconds, by either side; more close it.",
                        min = 1,
                        max = 1000000)
                int maxResets,
        @Setting(
                        key = "http.max-control-frames",
                        value = "100",
                        unit = "frames",
                        help =
                                "SETTINGS frames, and as many PING frames, that one HTTP/2 connection may send in 30 seconds; more close it.",
                        min = 1,
                        max = 1000000)
                int maxControlFrames) {

    /// These limits and the ones that the listener's own section has.
    public HttpLimits forListener(HttpConfig http) {
        return new HttpLimits(
                maxRequestLine.asInt(),
                maxHeader.asInt(),
                http.headerTimeout(),
                handshakeTimeout,
                http.idleTimeout(),
                minBodyRate.bytes(),
                bodyRateWindow,
                writeTimeout,
                http.maxConnections(),
                maxConnectionsPerAddress,
                maxRequests,
                maxRequestsPerAddress,
                new HttpLimits.Http2Limits(
                        maxStreams,
                        maxResets,
                        maxControlFrames,
                        HttpLimits.Http2Limits.DEFAULT.window()),
                HttpLimits.DEFAULT.ranges());
    }
}
