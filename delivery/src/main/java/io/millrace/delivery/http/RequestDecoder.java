package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Netty's request decoder with a tap: while paused it leaves bytes undecoded, and once {@link
/// #MAX_WAITING_BYTES} wait it stops reading from the socket. So a pipelining client costs the
/// bytes of one read, not a queue of requests, and a body nobody reads is held back by TCP. Its
/// event loop only.
final class RequestDecoder extends HttpRequestDecoder {
    /// What may wait undecoded before the socket is left alone.
    private static final int MAX_WAITING_BYTES = 64 << 10;

    /// Who wants to know that bytes of a request are here.
    interface Listener {
        void bytesArrived();
    }

    private final Listener listener;
    private boolean paused;
    private boolean decoding;
    private @Nullable ChannelHandlerContext context;

    RequestDecoder(HttpLimits limits, Listener listener) {
        super(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(limits.requestLineBytes())
                        .setMaxHeaderSize(limits.headerBytes())
                        .setMaxChunkSize(16 << 10));
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    boolean isPaused() {
        return paused;
    }

    void pause() {
        paused = true;
    }

    /// Goes on, decoding what waits.
    void resume() throws Exception {
        if (!paused) {
            return;
        }
        paused = false;
        ChannelHandlerContext ctx = context;
        if (ctx == null || ctx.isRemoved()) {
            return;
        }
        if (!ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(true);
        }
        if (!decoding && actualReadableBytes() > 0) {
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        decoding = true;
        try {
            if (!paused) {
                listener.bytesArrived();
            }
            super.channelRead(ctx, msg);
        } finally {
            decoding = false;
        }
        if (paused
                && !ctx.isRemoved()
                && actualReadableBytes() > MAX_WAITING_BYTES
                && ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (paused) {
            // The parent would ask for more bytes when nothing was decoded.
            discardSomeReadBytes();
            ctx.fireChannelReadComplete();
        } else {
            super.channelReadComplete(ctx);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out)
            throws Exception {
        if (!paused) {
            super.decode(ctx, buffer, out);
        }
    }

    /// Both lengths in one message is how requests are smuggled: refused, RFC 9112 §6.1.
    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        super.handleTransferEncodingChunkedWithContentLength(message);
        message.setDecoderResult(
                DecoderResult.failure(
                        new IllegalArgumentException(
                                "Transfer-Encoding and Content-Length in one request")));
    }
}
