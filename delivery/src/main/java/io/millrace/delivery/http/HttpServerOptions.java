package io.millrace.delivery.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/// How one listener listens. Immutable: each `with…` makes another.
public final class HttpServerOptions {
    private final String name;
    private final String bindAddress;
    private final int port;
    private @Nullable TlsOptions tls;
    private Duration tlsCheck = Duration.ofSeconds(10);
    private HttpLimits limits = HttpLimits.DEFAULT;
    private Set<InetAddress> trustedProxies = Set.of();
    private Set<InetAddress> proxyProtocolFrom = Set.of();
    private boolean http2 = true;
    private @Nullable AccessLog accessLog;
    private @Nullable LoadGauge load;
    private Predicate<String> startsSession = _ -> false;
    private MeterRegistry meters = new SimpleMeterRegistry();

    private HttpServerOptions(String name, String bindAddress, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
        }
        this.name = name;
        this.bindAddress = bindAddress;
        this.port = port;
    }

    private HttpServerOptions copy() {
        var copy = new HttpServerOptions(name, bindAddress, port);
        copy.tls = tls;
        copy.tlsCheck = tlsCheck;
        copy.limits = limits;
        copy.trustedProxies = trustedProxies;
        copy.proxyProtocolFrom = proxyProtocolFrom;
        copy.http2 = http2;
        copy.accessLog = accessLog;
        copy.load = load;
        copy.startsSession = startsSession;
        copy.meters = meters;
        return copy;
    }

    /// A clear-text listener with the default limits, metrics of its own, no access log, and no
    /// load shed but by its own number of requests.
    ///
    /// @param name in logs, metrics and messages: `http`, `https`, `operations`
    /// @param bindAddress address or host name to listen on; `0.0.0.0` is everywhere
    /// @param port 0 picks a free one
    public static HttpServerOptions of(String name, String bindAddress, int port) {
        return new HttpServerOptions(name, bindAddress, port);
    }

    /// @param value null listens in clear
    public HttpServerOptions withTls(@Nullable TlsOptions value) {
        HttpServerOptions copy = copy();
        copy.tls = value;
        return copy;
    }

    /// @param value how soon replaced certificate files are noticed
    public HttpServerOptions withTlsCheck(Duration value) {
        HttpServerOptions copy = copy();
        copy.tlsCheck = value;
        return copy;
    }

    public HttpServerOptions withLimits(HttpLimits value) {
        HttpServerOptions copy = copy();
        copy.limits = value;
        return copy;
    }

    /// @param value whose `X-Forwarded-For` and `X-Forwarded-Proto` count
    public HttpServerOptions withTrustedProxies(Set<InetAddress> value) {
        HttpServerOptions copy = copy();
        copy.trustedProxies = Set.copyOf(value);
        return copy;
    }

    /// @param value whose connections must begin with a PROXY protocol header; others' may not
    public HttpServerOptions withProxyProtocolFrom(Set<InetAddress> value) {
        HttpServerOptions copy = copy();
        copy.proxyProtocolFrom = Set.copyOf(value);
        return copy;
    }

    /// @param value whether HTTP/2 is spoken beside HTTP/1.1: by ALPN under TLS, by prior knowledge
    ///   in clear
    public HttpServerOptions withHttp2(boolean value) {
        HttpServerOptions copy = copy();
        copy.http2 = value;
        return copy;
    }

    /// @param value null logs no requests
    public HttpServerOptions withAccessLog(@Nullable AccessLog value) {
        HttpServerOptions copy = copy();
        copy.accessLog = value;
        return copy;
    }

    /// @param value how busy the process is; null: this listener sheds only by its own requests
    public HttpServerOptions withLoad(@Nullable LoadGauge value) {
        HttpServerOptions copy = copy();
        copy.load = value;
        return copy;
    }

    /// @param value whether a path begins something that will ask for more, such as a player's
    ///   first playlist: refused first when load is shed
    public HttpServerOptions withSessionStarts(Predicate<String> value) {
        HttpServerOptions copy = copy();
        copy.startsSession = value;
        return copy;
    }

    public HttpServerOptions withMeters(MeterRegistry value) {
        HttpServerOptions copy = copy();
        copy.meters = value;
        return copy;
    }

    public String name() {
        return name;
    }

    public String bindAddress() {
        return bindAddress;
    }

    public int port() {
        return port;
    }

    public @Nullable TlsOptions tls() {
        return tls;
    }

    public Duration tlsCheck() {
        return tlsCheck;
    }

    public HttpLimits limits() {
        return limits;
    }

    public Set<InetAddress> trustedProxies() {
        return trustedProxies;
    }

    public Set<InetAddress> proxyProtocolFrom() {
        return proxyProtocolFrom;
    }

    public boolean http2() {
        return http2;
    }

    public @Nullable AccessLog accessLog() {
        return accessLog;
    }

    public @Nullable LoadGauge load() {
        return load;
    }

    public Predicate<String> startsSession() {
        return startsSession;
    }

    public MeterRegistry meters() {
        return meters;
    }
}
