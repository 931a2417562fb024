package io.millrace.delivery.http;

import io.netty.channel.ChannelHandlerContext;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.function.Consumer;

/// The first moments of a load balancer's connection. Its event loop only.
final class ProxiedStart extends ProxyHeaderReader implements Swept {
    private final ListenerState listener;
    private final LoopSweep sweep;
    private final long deadlineNs;
    private @Nullable ChannelHandlerContext context;
    private int sweepIndex = -1;

    /// @param begin told who the client is; adds the handlers that go on
    ProxiedStart(
            ListenerState listener,
            LoopSweep sweep,
            InetSocketAddress proxy,
            Consumer<InetSocketAddress> begin) {
        super(listener.options().name(), proxy, begin);
        this.listener = listener;
        this.sweep = sweep;
        this.deadlineNs = System.nanoTime() + listener.limits().headerTime().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        sweep.add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        sweep.remove(this);
        super.handlerRemoved(ctx);
    }

    @Override
    protected void refuse(ChannelHandlerContext ctx, String why) {
        listener.metrics().connectionRefused();
        super.refuse(ctx, why);
    }

    @Override
    public void sweep(long nowNs) {
        if (nowNs - deadlineNs > 0) {
            listener.metrics().timeout();
            abort();
        }
    }

    @Override
    public void drain() {
        abort();
    }

    @Override
    public void abort() {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            ctx.close();
        }
    }

    @Override
    public int sweepIndex() {
        return sweepIndex;
    }

    @Override
    public void sweepIndex(int index) {
        sweepIndex = index;
    }
}
