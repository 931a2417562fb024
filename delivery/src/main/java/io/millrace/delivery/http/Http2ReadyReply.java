package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2LifecycleManager;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/// A whole reply that was made ready, as one write: HEADERS and DATA in one buffer, RFC 9113 §6.1
/// and §6.2. A part of a live stream answers everybody who waits for it at once, so each write of a
/// reply counts a thousand times.
///
/// The flow controller takes it as it takes Netty's own frames: when the windows have become
/// smaller after {@link Http2Session#takesNow} looked, it goes out in several. Its event loop only.
final class Http2ReadyReply
        implements Http2RemoteFlowController.FlowControlled, ChannelFutureListener {
    private static final int FRAME_HEAD_BYTES = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private final ChannelHandlerContext context;
    private final Http2LifecycleManager lifecycle;
    private final Http2Stream stream;
    private final byte[] block;
    private final byte[] bytes;
    private final ChannelPromise written;
    private int position;
    private boolean begun;

    /// @param block of HEADERS: must not depend on what the connection's table holds
    /// @param bytes what is sent, from `position` to the end; not empty, one frame at most
    /// @param written told when all of it is with the socket, or of the failure
    Http2ReadyReply(
            ChannelHandlerContext context,
            Http2LifecycleManager lifecycle,
            Http2Stream stream,
            byte[] block,
            byte[] bytes,
            int position,
            ChannelPromise written) {
        this.context = context;
        this.lifecycle = lifecycle;
        this.stream = stream;
        this.block = block;
        this.bytes = bytes;
        this.position = position;
        this.written = written;
    }

    @Override
    public int size() {
        return bytes.length - position;
    }

    @Override
    public void write(ChannelHandlerContext ctx, int allowedBytes) {
        int count = Math.min(allowedBytes, size());
        if (count == 0) {
            return;
        }
        boolean last = count == size();
        ByteBuf out =
                ctx.alloc()
                        .directBuffer(
                                (begun ? 0 : FRAME_HEAD_BYTES + block.length)
                                        + FRAME_HEAD_BYTES
                                        + count);
        if (!begun) {
            begun = true;
            head(out, block.length, Http2FrameTypes.HEADERS, END_HEADERS).writeBytes(block);
            stream.headersSent(false);
        }
        head(out, count, Http2FrameTypes.DATA, last ? END_STREAM : 0)
                .writeBytes(bytes, position, count);
        position += count;
        ctx.write(out, last ? written : ctx.newPromise()).addListener(this);
    }

    private ByteBuf head(ByteBuf out, int length, byte type, int flags) {
        return out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream.id());
    }

    @Override
    public void writeComplete() {
        // The stream's end waits for its last bytes: see below.
    }

    @Override
    public void operationComplete(ChannelFuture future) {
        if (!future.isSuccess()) {
            written.tryFailure(future.cause());
            lifecycle.onError(context, true, future.cause());
        } else if (future == written) {
            lifecycle.closeStreamLocal(stream, future);
        }
    }

    @Override
    public void error(ChannelHandlerContext ctx, Throwable cause) {
        written.tryFailure(cause);
        lifecycle.onError(ctx, true, cause);
    }

    @Override
    public boolean merge(ChannelHandlerContext ctx, Http2RemoteFlowController.FlowControlled next) {
        return false;
    }
}
