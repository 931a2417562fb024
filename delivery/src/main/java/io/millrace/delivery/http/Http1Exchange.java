package io.millrace.delivery.http;

import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.util.function.Function;

/// An exchange of an HTTP/1.1 connection: hands everything that touches the channel to its event
/// loop.
final class Http1Exchange extends BaseExchange {
    private final Http1Connection connection;
    private @Nullable RequestBody body;
    private boolean opened;

    Http1Exchange(
            RequestHead head,
            HttpRouter.Route route,
            ListenerState listener,
            Client client,
            Http1Connection connection) {
        super(head, route, listener, client);
        this.connection = connection;
    }

    @Override
    public EventLoop loop() {
        return connection.loop();
    }

    @Override
    void send(HttpReply reply) {
        onLoop(() -> connection.send(this, reply), () -> ReplyPlan.release(reply.body()));
    }

    @Override
    void send(PreparedReply reply) {
        onLoop(() -> connection.send(this, reply), () -> {});
    }

    @Override
    void switchTo(WebSocketOptions options, Function<WebSocket, WebSocketHandler> open) {
        onLoop(() -> connection.upgrade(this, options, open), () -> {});
    }

    @Override
    public synchronized InputStream bodyStream() {
        if (opened) {
            throw new IllegalStateException("exchange " + requestId() + ": body opened twice");
        }
        opened = true;
        if (!head().hasBody()) {
            return InputStream.nullInputStream();
        }
        var opening = new RequestBody(() -> onLoop(() -> connection.bodyWanted(this), () -> {}));
        body = opening;
        onLoop(
                () -> connection.openBody(this, opening),
                () ->
                        opening.fail(
                                new RequestBodyException(
                                        RequestBodyException.Reason.CUT, "The server stopped.")));
        return opening;
    }

    @Override
    synchronized @Nullable RequestBody body() {
        return body;
    }
}
