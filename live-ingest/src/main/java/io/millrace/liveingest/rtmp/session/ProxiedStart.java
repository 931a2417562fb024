package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.ProxyHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Waits for the PROXY header of a load balancer's connection and then lets it begin. Its event
/// loop only.
final class ProxiedStart extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ProxiedStart.class);

    private final InetSocketAddress proxy;
    private final Duration patience;
    private final Consumer<InetSocketAddress> begin;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;
    private @Nullable Future<?> deadline;

    /// @param begin told who the client is; adds the handlers that go on, or closes the connection
    ProxiedStart(InetSocketAddress proxy, Duration patience, Consumer<InetSocketAddress> begin) {
        this.proxy = proxy;
        this.patience = patience;
        this.begin = begin;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline =
                ctx.executor()
                        .schedule(
                                () -> close(ctx, "no PROXY header in time"),
                                patience.toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
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
            close(ctx, String.valueOf(e.getMessage()));
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

    private void close(ChannelHandlerContext ctx, String why) {
        log.info("rtmp: connection of proxy {} closed: {}", proxy, why);
        ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("rtmp: connection of proxy {} failed", proxy, cause);
        ctx.close();
    }
}
