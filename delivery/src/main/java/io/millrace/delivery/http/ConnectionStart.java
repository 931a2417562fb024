package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;

/// The first moments of a connection: finds out which HTTP is spoken (under TLS by ALPN, in clear
/// by HTTP/2's preface, RFC 9113 §3.3) and makes way for it. Its event loop only.
final class ConnectionStart extends ChannelInboundHandlerAdapter implements Swept {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ListenerState listener;
    private final LoopSweep sweep;
    private final Channel channel;
    private final Client client;
    private final long deadlineNs;
    private ByteBuf first = Unpooled.EMPTY_BUFFER;
    private int sweepIndex = -1;

    ConnectionStart(ListenerState listener, LoopSweep sweep, Channel channel, Client client) {
        this.listener = listener;
        this.sweep = sweep;
        this.channel = channel;
        this.client = client;
        this.deadlineNs = System.nanoTime() + listener.limits().headerTime().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        sweep.add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        sweep.remove(this);
        first.release();
        first = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (!handshake.isSuccess()) {
                LOG.debug("connection of {}: no TLS", client.address(), handshake.cause());
                channel.close();
                return;
            }
            SslHandler ssl = channel.pipeline().get(SslHandler.class);
            become(ctx, ApplicationProtocolNames.HTTP_2.equals(ssl.applicationProtocol()));
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (client.tls() || !(msg instanceof ByteBuf bytes) || !bytes.isReadable()) {
            // Nothing is to be read before the handshake is over.
            ReferenceCountUtil.release(msg);
            return;
        }
        if (first.isReadable()) {
            bytes = Unpooled.wrappedBuffer(first, bytes);
        }
        first = bytes;
        int known = Math.min(bytes.readableBytes(), PREFACE.length);
        boolean http2 = listener.options().http2();
        for (int i = 0; i < known && http2; i++) {
            http2 = bytes.getByte(bytes.readerIndex() + i) == PREFACE[i];
        }
        if (!http2 || known == PREFACE.length) {
            become(ctx, http2);
        }
    }

    private void become(ChannelHandlerContext ctx, boolean http2) {
        sweep.remove(this);
        if (http2) {
            var session = new Http2Session(listener, sweep, channel, client, deadlineNs);
            ctx.pipeline().addLast(session.handler());
        } else {
            var connection = new Http1Connection(listener, sweep, channel, client, deadlineNs);
            ctx.pipeline().addLast(connection.decoder(), connection);
        }
        ByteBuf bytes = first;
        first = Unpooled.EMPTY_BUFFER;
        if (bytes.isReadable()) {
            ctx.fireChannelRead(bytes);
        }
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("connection of {} failed", client.address(), cause);
        channel.close();
    }

    @Override
    public void sweep(long nowNs) {
        if (nowNs - deadlineNs > 0) {
            listener.metrics().timeout();
            channel.close();
        }
    }

    @Override
    public void drain() {
        channel.close();
    }

    @Override
    public void abort() {
        channel.close();
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
