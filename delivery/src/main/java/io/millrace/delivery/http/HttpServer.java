package io.millrace.delivery.http;

import java.io.IOException;
import java.time.Duration;

/// One listener. Thread-safe.
public final class HttpServer implements AutoCloseable {
    private final HttpServerOptions options;
    private final HttpRouter router;
    private final EventLoops loops;

    public HttpServer(HttpServerOptions options, HttpRouter router, EventLoops loops) {
        this.options = options;
        this.router = router;
        this.loops = loops;
    }

    /// Binds and serves.
    ///
    /// @throws IOException when the address cannot be bound or the certificate not be read; the
    ///   message names address and port and what to do
    public HttpServer start() throws IOException {
        throw new UnsupportedOperationException(options.name() + router + loops);
    }

    /// The port really bound.
    public int localPort() {
        throw new UnsupportedOperationException();
    }

    /// Stops accepting, finishes requests in flight (`Connection: close`), closes idle connections,
    /// and after `patience` the rest. Blocks until done.
    public void drain(Duration patience) {
        throw new UnsupportedOperationException();
    }

    /// Drains with no patience.
    @Override
    public void close() {
        drain(Duration.ZERO);
    }
}
