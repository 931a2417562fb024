package io.millrace.delivery.http;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/// What the connections of one listener share. Thread-safe.
final class ListenerState {
    private final HttpServerOptions options;
    private final HttpRouter router;
    private final ExecutorService executor;
    private final AtomicInteger connections = new AtomicInteger();
    private final ServerMetrics metrics;
    private final AddressLoads addresses;
    private final Admission admission;
    private volatile boolean draining;
    private volatile String localAuthority = "localhost";

    ListenerState(HttpServerOptions options, HttpRouter router, ExecutorService executor) {
        this.options = options;
        this.router = router;
        this.executor = executor;
        this.addresses = new AddressLoads(options.limits().connectionsPerAddress());
        this.admission = new Admission(options);
        this.metrics = new ServerMetrics(options.meters(), options.name(), connections);
    }

    HttpServerOptions options() {
        return options;
    }

    HttpLimits limits() {
        return options.limits();
    }

    HttpRouter router() {
        return router;
    }

    ExecutorService executor() {
        return executor;
    }

    ServerMetrics metrics() {
        return metrics;
    }

    AddressLoads addresses() {
        return addresses;
    }

    Admission admission() {
        return admission;
    }

    AtomicInteger connections() {
        return connections;
    }

    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    /// What stands in absolute URLs when an HTTP/1.0 client names no host.
    String localAuthority() {
        return localAuthority;
    }

    void bound(int port) {
        localAuthority = "localhost:" + port;
    }
}
