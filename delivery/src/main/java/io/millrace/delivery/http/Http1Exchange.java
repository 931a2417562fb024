package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/// An exchange of an HTTP/1.1 connection: hands everything that touches the channel to its event
/// loop.
final class Http1Exchange extends BaseExchange {
    private final Http1Connection connection;
    private final long startedNs = System.nanoTime();

    /// The event loop's only.
    private @Nullable List<Runnable> onClose;

    private boolean over;
    private @Nullable RequestBody body;
    private boolean opened;

    Http1Exchange(
            RequestHead head,
            HttpRouter.Route route,
            ListenerState listener,
            InetSocketAddress peer,
            Http1Connection connection,
            boolean tls) {
        super(head, route, listener, peer, tls);
        this.connection = connection;
    }

    long startedNs() {
        return startedNs;
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

    synchronized @Nullable RequestBody body() {
        return body;
    }

    @Override
    public void onClose(Runnable action) {
        onLoop(
                () -> {
                    if (over) {
                        action.run();
                    } else {
                        if (onClose == null) {
                            onClose = new ArrayList<>(1);
                        }
                        onClose.add(action);
                    }
                },
                action);
    }

    /// Runs what waits for the end; on the event loop.
    void close() {
        over = true;
        List<Runnable> actions = onClose;
        onClose = null;
        if (actions != null) {
            actions.forEach(Runnable::run);
        }
    }

    private void onLoop(Runnable action, Runnable whenStopped) {
        var loop = connection.loop();
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException _) {
            whenStopped.run();
        }
    }
}
