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

/// Waits for the PROXY header of a connection from a load balancer and then lets it begin. How long
/// it waits is its subclasses'. Its event loop only.
public abstract class ProxyHeaderReader extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderReader.class);

    private final String listener;
    private final InetSocketAddress proxy;
    private final Consumer<InetSocketAddress> begin;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;

    /// @param listener its name, for the log
    /// @param begin told who the client is; adds the handlers that go on, or closes the connection
    protected ProxyHeaderReader(
            String listener, InetSocketAddress proxy, Consumer<InetSocketAddress> begin) {
        this.listener = listener;
        this.proxy = proxy;
        this.begin = begin;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
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
            refuse(ctx, String.valueOf(e.getMessage()));
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

    /// Closes the connection, and says why.
    protected void refuse(ChannelHandlerContext ctx, String why) {
        LOG.info("{}: connection of proxy {} closed: {}", listener, proxy, why);
        ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{}: connection of proxy {} failed", listener, proxy, cause);
        ctx.close();
    }
}
