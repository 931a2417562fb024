package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.ProxyHeaderReader;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The first moments of a load balancer's connection. Its event loop only.
final class ProxiedStart extends ProxyHeaderReader {
    private final Duration patience;
    private @Nullable Future<?> deadline;

    /// @param begin told who the client is; adds the handlers that go on, or closes the connection
    ProxiedStart(
            String listener,
            InetSocketAddress proxy,
            Duration patience,
            Consumer<InetSocketAddress> begin) {
        super(listener, proxy, begin);
        this.patience = patience;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline =
                ctx.executor()
                        .schedule(
                                () -> refuse(ctx, "no PROXY header in time"),
                                patience.toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        super.handlerRemoved(ctx);
    }
}
