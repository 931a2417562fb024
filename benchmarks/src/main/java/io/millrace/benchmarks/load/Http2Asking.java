package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// Over HTTP/2 without TLS, one stream at a time. Its event loop only.
final class Http2Asking extends AskingConnection {
    private static final int FRAME_HEAD_BYTES = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;

    /// `:status: 200` of HPACK's static table.
    private static final int STATUS_200 = 0x88;

    private int stream = -1;
    private int status;
    private @Nullable ByteBuf pending;
    private int type = -1;
    private int flags;
    private int left;

    Http2Asking(Answered answered, boolean keeps) {
        super(answered, keeps);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        super.channelActive(ctx);
        ByteBuf out = ctx.alloc().directBuffer(128);
        out.writeCharSequence("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StandardCharsets.US_ASCII);
        // Windows that are never used up.
        frame(out, 6, SETTINGS, 0, 0);
        out.writeShort(4).writeInt(Integer.MAX_VALUE);
        frame(out, 4, WINDOW_UPDATE, 0, 0);
        out.writeInt(Integer.MAX_VALUE - 65_535);
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    private static void frame(ByteBuf out, int length, int type, int flags, int stream) {
        out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream);
    }

    /// The header block: literals, nothing for the server to remember.
    @Override
    ByteBuf request(String path) {
        ByteBuf out = Unpooled.directBuffer(64 + path.length());
        out.writeByte(0x82).writeByte(0x86); // :method GET, :scheme http
        out.writeByte(0x01).writeByte(9).writeCharSequence("localhost", StandardCharsets.US_ASCII);
        if (path.length() > 126) {
            throw new IllegalArgumentException("path: " + path + " (expected: <= 126 letters)");
        }
        out.writeByte(0x04).writeByte(path.length());
        out.writeCharSequence(path, StandardCharsets.US_ASCII);
        return out;
    }

    @Override
    void write(ChannelHandlerContext ctx, ByteBuf request) {
        stream += 2;
        int length = request.readableBytes();
        ByteBuf out = ctx.alloc().directBuffer(FRAME_HEAD_BYTES + length);
        frame(out, length, HEADERS, END_STREAM | END_HEADERS, stream);
        out.writeBytes(request, request.readerIndex(), length);
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    @Override
    void read(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf before = pending;
        if (before == null) {
            frames(ctx, in);
            if (in.isReadable()) {
                pending = ctx.alloc().buffer(256).writeBytes(in);
            }
        } else {
            before.writeBytes(in);
            frames(ctx, before);
            if (before.isReadable()) {
                before.discardReadBytes();
            } else {
                before.release();
                pending = null;
            }
        }
    }

    private void frames(ChannelHandlerContext ctx, ByteBuf in) {
        while (true) {
            if (type < 0) {
                if (in.readableBytes() < FRAME_HEAD_BYTES) {
                    return;
                }
                left = in.readUnsignedMedium();
                type = in.readUnsignedByte();
                flags = in.readUnsignedByte();
                in.skipBytes(4);
            }
            // Bodies are taken as they come, other frames when they are whole.
            int take = type == DATA ? Math.min(left, in.readableBytes()) : left;
            if (in.readableBytes() < take) {
                return;
            }
            frame(ctx, in.readSlice(take));
            left -= take;
            if (left > 0) {
                return;
            }
            boolean ends = (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
            type = -1;
            if (ends) {
                whole(status);
            }
        }
    }

    private void frame(ChannelHandlerContext ctx, ByteBuf payload) {
        switch (type) {
            case DATA -> body(payload);
            case HEADERS ->
                    status = payload.getUnsignedByte(payload.readerIndex()) == STATUS_200 ? 200 : 1;
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    ByteBuf out = ctx.alloc().directBuffer(FRAME_HEAD_BYTES);
                    frame(out, 0, SETTINGS, ACK, 0);
                    ctx.writeAndFlush(out, ctx.voidPromise());
                }
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    ByteBuf out = ctx.alloc().directBuffer(FRAME_HEAD_BYTES + 8);
                    frame(out, 8, PING, ACK, 0);
                    ctx.writeAndFlush(out.writeBytes(payload), ctx.voidPromise());
                }
            }
            case GOAWAY -> ctx.close();
            default -> {}
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (pending != null) {
            pending.release();
            pending = null;
        }
        super.channelInactive(ctx);
    }
}
