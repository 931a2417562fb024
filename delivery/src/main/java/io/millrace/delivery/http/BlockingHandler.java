package io.millrace.delivery.http;

/// Answers a request on a virtual thread: it may block, and returns the reply or throws.
@FunctionalInterface
public interface BlockingHandler {
    /// @throws HttpProblem a foreseen failure with its status and text
    /// @throws Exception anything else: 500, logged once with the request's id
    HttpReply handle(HttpExchange exchange) throws Exception;
}
