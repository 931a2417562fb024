package io.millrace.delivery.http;

import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/// One request and its one reply.
///
/// Reading is thread-safe; {@link #reply} may come from any thread, once. The body belongs to one
/// reader.
public interface HttpExchange {
    /// As sent, upper case by convention: `GET`, `HEAD`, `POST`. `OPTIONS` never reaches a handler.
    String method();

    /// The path decoded once; starts with `/`, holds no `..`, `\`, NUL or `%`.
    String path();

    /// What follows the route's prefix in {@link #path}.
    String pathBelowRoute();

    /// The path as sent, still percent-encoded, without the query.
    String rawPath();

    /// The query as sent, without `?`; empty when there is none.
    String rawQuery();

    /// The query's parameters, decoded when first asked for.
    ///
    /// @throws HttpProblem 400 when an escape in it is broken
    QueryParameters query() throws HttpProblem;

    /// The first value of a header, by case-insensitive name.
    @Nullable String header(String name);

    /// All values of a header, in order.
    List<String> headers(String name);

    /// Whether `If-None-Match` names this tag (given without quotes), so that the answer will be a
    /// 304 and the body need not be made.
    boolean hasTag(String etag);

    /// Who sent it: the peer, or whom a trusted proxy names.
    InetSocketAddress remoteAddress();

    /// Whether the client's connection is TLS, here or at a trusted proxy.
    boolean secure();

    /// `scheme://host[:port]` as the client sees this server, from `Host`; for absolute URLs in
    /// answers.
    String baseUrl();

    /// The value of `X-Request-Id` (when it is a sane one) or one made here; in logs and in the
    /// reply.
    String requestId();

    /// Declared length of the body, 0 without one, -1 when it is chunked.
    long contentLength();

    /// The body, for a virtual thread: reads block until bytes arrive, the sender is held back when
    /// nobody reads. A cut connection, a body too slow or past the route's limit is an IOException
    /// ({@link RequestBodyException}). Opened at most once.
    InputStream bodyStream();

    /// The event loop that the exchange lives on: who answers many exchanges does it there for all
    /// of one loop at once.
    EventLoop loop();

    /// Virtual threads, for what may block.
    Executor executor();

    /// Runs the handler on a virtual thread and sends what it returns, or the reply that what it
    /// throws is mapped to.
    void blocking(BlockingHandler handler);

    /// The reply is for this client alone: whatever its handler says of caches, shared ones are
    /// told not to keep it. Before it is sent.
    void keepFromSharedCaches();

    /// Sends the reply, whose body it takes over. Ranges, conditions, HEAD, compression, CORS and
    /// the common headers are applied here.
    ///
    /// @throws IllegalStateException when this exchange has been answered
    void reply(HttpReply reply);

    /// Sends a reply rendered beforehand; {@link PreparedReply} stays its owner's.
    void reply(PreparedReply reply);

    /// Whether the client asks for a WebSocket here.
    boolean wantsWebSocket();

    /// Answers by becoming a WebSocket; where the request is no such handshake, by saying so. The
    /// exchange is over when the WebSocket is.
    ///
    /// Pages of any origin may ask: what the peer may do must depend on what it sends, never on a
    /// cookie or an address.
    ///
    /// @param open called once, on the event loop, if it comes to that; must not block
    /// @throws IllegalStateException when this exchange has been answered
    void upgrade(WebSocketOptions options, Function<WebSocket, WebSocketHandler> open);

    /// Sends a plain-text error; for what went wrong off the handler's own thread.
    void fail(Throwable cause);

    /// Runs `action` once, on the event loop, when the exchange is over: the reply went out whole
    /// or the connection broke. Bytes are out of our hands then.
    void onClose(Runnable action);
}
