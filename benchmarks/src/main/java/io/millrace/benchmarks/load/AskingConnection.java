package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import org.jspecify.annotations.Nullable;

/// A keep-alive connection that asks for one thing at a time and, unless told to keep it, drops
/// what it gets: as little work as can be for who plays a thousand of them. Its event loop only.
abstract class AskingConnection extends ChannelInboundHandlerAdapter {
    /// Told of each whole answer.
    interface Answered {
        /// Borrows `body`.
        ///
        /// @param status 0 when the connection broke
        /// @param body empty unless it is kept
        void answered(AskingConnection who, int status, ByteBuf body);
    }

    private final Answered answered;
    private final boolean keeps;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf kept;
    private boolean asked;

    /// @param keeps whether whole bodies are wanted
    AskingConnection(Answered answered, boolean keeps) {
        this.answered = answered;
        this.keeps = keeps;
    }

    /// What asking for a path is on this kind of connection, for {@link #ask} to send as often as
    /// wanted. The caller's to release.
    abstract ByteBuf request(String path);

    /// Sends it. Borrows `request`.
    abstract void write(ChannelHandlerContext ctx, ByteBuf request);

    /// Reads what came. Borrows `in`.
    abstract void read(ChannelHandlerContext ctx, ByteBuf in);

    /// Asks; the answer before must have come. Borrows `request`.
    final void ask(ByteBuf request) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || !ctx.channel().isActive()) {
            answered.answered(this, 0, Unpooled.EMPTY_BUFFER);
            return;
        }
        asked = true;
        if (kept != null) {
            kept.clear();
        }
        write(ctx, request);
    }

    /// A piece of a body. Borrows it.
    final void body(ByteBuf piece) {
        if (kept != null) {
            kept.writeBytes(piece);
        }
    }

    /// The answer is whole.
    final void whole(int status) {
        asked = false;
        answered.answered(this, status, kept == null ? Unpooled.EMPTY_BUFFER : kept);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (keeps) {
            kept = ctx.alloc().directBuffer(256 << 10);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            read(ctx, in);
        } finally {
            in.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (kept != null) {
            kept.release();
            kept = null;
        }
        if (asked) {
            whole(0);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
