package io.millrace.delivery.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.Set;

/// How one listener listens.
///
/// @param name in logs, metrics and messages: `http`, `https`, `operations`
/// @param bindAddress address or host name to listen on; `0.0.0.0` is everywhere
/// @param port 0 picks a free one
/// @param tls null listens in clear
/// @param trustedProxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count
/// @param http2 whether HTTP/2 is spoken beside HTTP/1.1: by ALPN under TLS, by prior knowledge in
///   clear
/// @param accessLog whether requests are logged to the logger `access`
public record HttpServerOptions(
        String name,
        String bindAddress,
        int port,
        @Nullable TlsOptions tls,
        HttpLimits limits,
        Set<InetAddress> trustedProxies,
        boolean http2,
        boolean accessLog,
        MeterRegistry meters) {

    public HttpServerOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
        }
        trustedProxies = Set.copyOf(trustedProxies);
    }

    /// A clear-text listener with the default limits and metrics of its own.
    public static HttpServerOptions of(String name, String bindAddress, int port) {
        return new HttpServerOptions(
                name,
                bindAddress,
                port,
                null,
                HttpLimits.DEFAULT,
                Set.of(),
                true,
                true,
                new SimpleMeterRegistry());
    }

    public HttpServerOptions withTls(@Nullable TlsOptions value) {
        return new HttpServerOptions(
                name, bindAddress, port, value, limits, trustedProxies, http2, accessLog, meters);
    }

    public HttpServerOptions withLimits(HttpLimits value) {
        return new HttpServerOptions(
                name, bindAddress, port, tls, value, trustedProxies, http2, accessLog, meters);
    }

    public HttpServerOptions withTrustedProxies(Set<InetAddress> value) {
        return new HttpServerOptions(
                name, bindAddress, port, tls, limits, value, http2, accessLog, meters);
    }

    public HttpServerOptions withHttp2(boolean value) {
        return new HttpServerOptions(
                name, bindAddress, port, tls, limits, trustedProxies, value, accessLog, meters);
    }

    public HttpServerOptions withAccessLog(boolean value) {
        return new HttpServerOptions(
                name, bindAddress, port, tls, limits, trustedProxies, http2, value, meters);
    }

    public HttpServerOptions withMeters(MeterRegistry value) {
        return new HttpServerOptions(
                name, bindAddress, port, tls, limits, trustedProxies, http2, accessLog, value);
    }
}
