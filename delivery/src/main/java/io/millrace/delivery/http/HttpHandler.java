package io.millrace.delivery.http;

/// Answers the requests of one route.
@FunctionalInterface
public interface HttpHandler {
    /// Called on the connection's event loop and must not block; it answers by {@link
    /// HttpExchange#reply}, now or later, from any thread, exactly once. What it throws becomes a
    /// 500 (or the status of an {@link HttpProblem}).
    void handle(HttpExchange exchange) throws Exception;

    /// A handler that does all its work on a virtual thread.
    static HttpHandler blocking(BlockingHandler handler) {
        return exchange -> exchange.blocking(handler);
    }
}
