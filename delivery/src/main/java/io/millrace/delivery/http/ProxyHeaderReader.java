package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.function.Consumer;

/// Waits for the PROXY header of a connection from a load balancer and then lets it begin. Its
/// event loop only.
final class ProxyHeaderReader extends ChannelInboundHandlerAdapter implements Swept {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private final ListenerState listener;
    private final LoopSweep sweep;
    private final InetSocketAddress proxy;
    private final Consumer<InetSocketAddress> begin;
    private final long deadlineNs;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;
    private @org.jspecify.annotations.Nullable ChannelHandlerContext context;
    private int sweepIndex = -1;

    /// @param begin told who the client is; adds the handlers that go on
    ProxyHeaderReader(
            ListenerState listener,
            LoopSweep sweep,
            InetSocketAddress proxy,
            Consumer<InetSocketAddress> begin) {
        this.listener = listener;
        this.sweep = sweep;
        this.proxy = proxy;
        this.begin = begin;
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
        first.release();
        first = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf bytes) || !ctx.channel().isActive()) {
            ReferenceCountUtil.release(msg);
            return;
        }
        first = first.isReadable() ? Unpooled.wrappedBuffer(first, bytes) : bytes;
        ProxyHeader header;
        try {
            header = ProxyHeader.parse(first);
        } catch (ProxyHeader.Malformed e) {
            listener.metrics().connectionRefused();
            LOG.info("connection of proxy {} closed: {}", proxy, e.getMessage());
            ctx.close();
            return;
        }
        if (header == null) {
            return;
        }
        ByteBuf rest = first.skipBytes(header.bytes());
        first = Unpooled.EMPTY_BUFFER;
        begin.accept(header.source() == null ? proxy : header.source());
        ctx.fireChannelRead(rest);
        ctx.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("connection of proxy {} failed", proxy, cause);
        ctx.close();
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
