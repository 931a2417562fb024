package io.millrace.liveingest.rtmp.session;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;

/// @param bindAddress host or IP address to listen on
/// @param port 0 picks a free one
/// @param handshakeTimeout for the handshake; `connect` must be answered within twice that
/// @param silenceTimeout without a byte from a publisher, it is gone
/// @param authorizeTimeout for the platform's answer to a publish
/// @param maxConnections open at once; more are closed at accept
/// @param maxUnusedPerAddress connections of one IP address that neither publish nor play yet; more
///   are closed at accept, so that who floods leaves places to others
/// @param proxyProtocolFrom load balancers whose connections begin with a PROXY header, which says
///   who the client is
public record RtmpServerOptions(
        String bindAddress,
        int port,
        Duration handshakeTimeout,
        Duration silenceTimeout,
        Duration authorizeTimeout,
        int maxConnections,
        int maxUnusedPerAddress,
        Set<InetAddress> proxyProtocolFrom) {

    public static RtmpServerOptions onPort(int port) {
        return new RtmpServerOptions(
                "0.0.0.0",
                port,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                2000,
                200,
                Set.of());
    }

    public RtmpServerOptions {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
        }
        if (maxConnections < 1 || maxUnusedPerAddress < 1) {
            throw new IllegalArgumentException(
                    "maxConnections, maxUnusedPerAddress (expected: >= 1)");
        }
        proxyProtocolFrom = Set.copyOf(proxyProtocolFrom);
    }

    public RtmpServerOptions withBindAddress(String address) {
        return new RtmpServerOptions(
                address,
                port,
                handshakeTimeout,
                silenceTimeout,
                authorizeTimeout,
                maxConnections,
                maxUnusedPerAddress,
                proxyProtocolFrom);
    }
}
