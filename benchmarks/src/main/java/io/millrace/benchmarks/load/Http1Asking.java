package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

import java.nio.charset.StandardCharsets;

/// Over HTTP/1.1. Replies must have a Content-Length, and their head come in one piece. Its event
/// loop only.
final class Http1Asking extends AskingConnection {
    private static final ByteBuf HEAD_END = ascii("\r\n\r\n");
    private static final ByteBuf LENGTH = ascii("\r\nContent-Length: ");

    private long bodyLeft = -1;
    private int status;

    Http1Asking(Answered answered, boolean keeps) {
        super(answered, keeps);
    }

    private static ByteBuf ascii(String text) {
        return Unpooled.unreleasableBuffer(
                Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII).asReadOnly());
    }

    @Override
    ByteBuf request(String path) {
        byte[] text =
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        return Unpooled.directBuffer(text.length).writeBytes(text);
    }

    @Override
    void write(ChannelHandlerContext ctx, ByteBuf request) {
        ctx.writeAndFlush(request.retainedDuplicate(), ctx.voidPromise());
    }

    @Override
    void read(ChannelHandlerContext ctx, ByteBuf in) {
        while (in.isReadable()) {
            if (bodyLeft < 0) {
                int end = ByteBufUtil.indexOf(HEAD_END, in);
                int length = ByteBufUtil.indexOf(LENGTH, in);
                if (end < 0 || length < 0) {
                    ctx.close();
                    return;
                }
                int start = in.readerIndex();
                status = number(in, start + 9);
                bodyLeft = number(in, start + length + LENGTH.readableBytes());
                in.readerIndex(start + end + HEAD_END.readableBytes());
            }
            int take = (int) Math.min(bodyLeft, in.readableBytes());
            body(in.readSlice(take));
            bodyLeft -= take;
            if (bodyLeft == 0) {
                bodyLeft = -1;
                whole(status);
            }
        }
    }

    private static int number(ByteBuf in, int at) {
        int value = 0;
        for (int i = at; in.getByte(i) >= '0' && in.getByte(i) <= '9'; i++) {
            value = 10 * value + in.getByte(i) - '0';
        }
        return value;
    }
}
