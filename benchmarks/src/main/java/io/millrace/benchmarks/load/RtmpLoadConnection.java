package io.millrace.benchmarks.load;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Acknowledgement;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A publisher or a viewer over RTMP. It says all it has to say at once; a viewer that is no probe
/// only counts bytes. Its event loop only.
final class RtmpLoadConnection extends ChannelInboundHandlerAdapter implements Viewing {
    private static final int HANDSHAKE_BYTES = 1 + 2 * 1536;
    private static final long ACKNOWLEDGE_BYTES = 1_250_000;

    private final String app;
    private final String command;
    private final String name;
    private final Probe probe;
    private boolean reads;
    private final ChunkWriter writer = new ChunkWriter();
    private @Nullable ChannelHandlerContext context;
    private @Nullable ChunkReader reader;
    private long received;
    private long acknowledged;
    private boolean established;
    private boolean closed;

    /// @param command publish or play
    /// @param reads false: it stops reading soon after it began
    RtmpLoadConnection(String app, String command, String name, Probe probe, boolean reads) {
        this.app = app;
        this.command = command;
        this.name = name;
        this.probe = probe;
        this.reads = reads;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (probe.parses()) {
            reader = parser(ctx);
        }
        ctx.writeAndFlush(Unpooled.directBuffer(1537).writeByte(3).writeZero(1536));
    }

    private ChunkReader parser(ChannelHandlerContext ctx) {
        ChunkReader[] made = new ChunkReader[1];
        made[0] =
                new ChunkReader(
                        ctx.alloc(),
                        (type, time, msid, payload) -> {
                            try {
                                if (type == 1) {
                                    made[0].maxChunkSize(payload.getInt(0));
                                } else {
                                    probe.tag(type, payload);
                                }
                            } finally {
                                payload.release();
                            }
                        });
        return made[0];
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected");
        }
        return ctx;
    }

    private void say() {
        ByteBuf out = context().alloc().directBuffer(4096).writeZero(1536);
        write(new SetChunkSize(LiveClip.CHUNK_SIZE), out);
        Map<String, AmfValue> wish = new LinkedHashMap<>();
        wish.put("app", AmfValue.of(app));
        wish.put("tcUrl", AmfValue.of("rtmp://localhost/" + app));
        write(new Command(0, "connect", 1, List.of(new AmfObject(wish))), out);
        write(new Command(0, "createStream", 2, List.of(AmfValue.Nothing.NULL)), out);
        write(
                new Command(
                        1,
                        command,
                        3,
                        command.equals("play")
                                ? List.of(
                                        AmfValue.Nothing.NULL,
                                        AmfValue.of(name),
                                        AmfValue.of(-1000))
                                : List.of(
                                        AmfValue.Nothing.NULL,
                                        AmfValue.of(name),
                                        AmfValue.of("live"))),
                out);
        context().writeAndFlush(out);
    }

    private void write(RtmpMessage message, ByteBuf out) {
        RtmpMessageWriter.write(writer, message, out, context().alloc());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message)
            throws RtmpProtocolException {
        ByteBuf in = (ByteBuf) message;
        try {
            long before = received;
            received += in.readableBytes();
            if (before < HANDSHAKE_BYTES && received >= HANDSHAKE_BYTES) {
                established = true;
                say();
            }
            if (reader != null && received > HANDSHAKE_BYTES) {
                in.skipBytes((int) Math.max(0, HANDSHAKE_BYTES - before));
                reader.read(in);
            }
            if (received - acknowledged > ACKNOWLEDGE_BYTES) {
                acknowledged = received;
                ByteBuf out = ctx.alloc().directBuffer(16);
                write(new Acknowledgement(received & 0xFFFF_FFFFL), out);
                ctx.writeAndFlush(out, ctx.voidPromise());
            }
            if (!reads && received > 100_000) {
                ctx.channel().config().setAutoRead(false);
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closed = true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /// A publisher may send.
    boolean isEstablished() {
        return established && !closed;
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

    /// Bytes that the server has not taken yet.
    long backlog() {
        var out = context().channel().unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    void send(LiveClip.Message message, long timestampMs) {
        ChannelHandlerContext ctx = context();
        ByteBuf header = ctx.alloc().directBuffer(12);
        message.header(timestampMs, header);
        ctx.write(header, ctx.voidPromise());
        ctx.write(message.chunks().retainedDuplicate(), ctx.voidPromise());
    }

    void flush() {
        context().flush();
    }
}
