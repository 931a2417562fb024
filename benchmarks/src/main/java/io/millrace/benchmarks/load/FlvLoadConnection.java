package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObjectDecoder;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// A viewer over HTTP-FLV. One that is no probe only counts bytes. Its event loop only.
final class FlvLoadConnection extends ChannelInboundHandlerAdapter implements Viewing {
    private static final int FLV_HEADER_BYTES = 13;
    private static final int TAG_HEADER_BYTES = 11;

    private final String path;
    private final Probe probe;
    private boolean reads;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf gathered;
    private boolean headed;
    private long received;
    private boolean closed;

    /// @param reads false: it stops reading soon after it began
    FlvLoadConnection(String path, Probe probe, boolean reads) {
        this.path = path;
        this.probe = probe;
        this.reads = reads;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (probe.parses()) {
            ctx.pipeline()
                    .addBefore(
                            ctx.name(),
                            null,
                            new HttpResponseDecoder(
                                    HttpObjectDecoder.DEFAULT_MAX_INITIAL_LINE_LENGTH,
                                    HttpObjectDecoder.DEFAULT_MAX_HEADER_SIZE,
                                    64 << 10));
        }
        ctx.writeAndFlush(
                Unpooled.copiedBuffer(
                        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                        StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof ByteBuf bytes) {
                received += bytes.readableBytes();
            } else if (message instanceof HttpContent content) {
                received += content.content().readableBytes();
                read(content.content(), ctx);
            }
            if (!reads && received > 100_000) {
                ctx.channel().config().setAutoRead(false);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(ByteBuf body, ChannelHandlerContext ctx) {
        ByteBuf all = gathered;
        if (all == null) {
            all = ctx.alloc().directBuffer(64 << 10);
            gathered = all;
        }
        all.writeBytes(body);
        if (!headed) {
            if (all.readableBytes() < FLV_HEADER_BYTES) {
                return;
            }
            all.skipBytes(FLV_HEADER_BYTES);
            headed = true;
        }
        while (all.readableBytes() >= TAG_HEADER_BYTES) {
            int at = all.readerIndex();
            int size = all.getUnsignedMedium(at + 1);
            if (all.readableBytes() < TAG_HEADER_BYTES + size + 4) {
                break;
            }
            probe.tag(all.getByte(at), all.slice(at + TAG_HEADER_BYTES, size));
            all.skipBytes(TAG_HEADER_BYTES + size + 4);
        }
        all.discardSomeReadBytes();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closed = true;
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public void readAgain() {
        reads = true;
        if (context != null) {
            context.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
    }
}
