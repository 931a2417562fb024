/// The one HTTP server of the product: HTTP/1.1 and HTTP/2 on Netty with TLS, limits, ranges,
/// conditional requests, CORS, compression, access log and drain.
///
/// Start at {@link HttpServer} (a listener), {@link HttpRouter} (which handler), {@link
/// HttpExchange} (one request and its one reply) and {@link HttpReply}. Handlers know neither
/// Netty's HTTP objects nor the protocol version. A connection begins in {@link ConnectionStart}
/// and goes on as {@link Http1Connection} or {@link Http2Session}. Not here: what any path means.
@NullMarked
package io.millrace.delivery.http;

import org.jspecify.annotations.NullMarked;
