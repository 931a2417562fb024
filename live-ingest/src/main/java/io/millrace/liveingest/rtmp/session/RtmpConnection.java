package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.handshake.RtmpHandshake;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Acknowledgement;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import javax.net.ssl.SSLException;

/// The last handler of an RTMP connection's pipeline: bytes to messages to the session, and back.
///
/// A connection that breaks the protocol, or is not used ({@link ConnectionWatch}), is closed with
/// one log line. Its event loop only.
final class RtmpConnection extends ChannelInboundHandlerAdapter
        implements RtmpPeer, ConnectionWatch.Watched {
    private static final Logger log = LoggerFactory.getLogger(RtmpConnection.class);
    private static final long LINGER_MS = 1000;
    private static final int MAX_ANSWERS_PENDING = 256 << 10;

    private final RtmpServerOptions options;
    private final PublishAuthorizer authorizer;
    private final LiveStreams streams;
    private final LiveMetrics metrics;
    private final FanOut fanOut;
    private final PlayAccess playAccess;
    private final LongSupplier nanoTime;
    private final @Nullable InetAddress client;
    private final Runnable onUse;
    private final RtmpHandshake handshake = new RtmpHandshake();
    private final ChunkWriter writer = new ChunkWriter();
    private @Nullable ChannelHandlerContext context;
    private @Nullable ChunkReader reader;
    private @Nullable RtmpSession session;
    private @Nullable ConnectionWatch watch;
    private @Nullable Future<?> linger;
    private @Nullable ByteBuf outgoing;
    private boolean closing;
    private long received;
    private long acknowledged;
    private long acknowledgeEvery = 1_250_000;

    /// Answers that the peer has not taken yet.
    private int answersPending;

    /// Why nothing is read at the moment.
    private final Set<Object> pauses = Collections.newSetFromMap(new IdentityHashMap<>());

    RtmpConnection(
            RtmpServerOptions options,
            PublishAuthorizer authorizer,
            LiveStreams streams,
            LiveMetrics metrics,
            FanOut fanOut,
            PlayAccess playAccess,
            @Nullable InetAddress client,
            Runnable onUse) {
        this(
                options,
                authorizer,
                streams,
                metrics,
                fanOut,
                playAccess,
                client,
                onUse,
                System::nanoTime);
    }

    /// @param client who is at the other end, perhaps behind a load balancer; null when not known
    /// @param onUse run when something is published or played, each time
    /// @param nanoTime a clock like {@link System#nanoTime}
    RtmpConnection(
            RtmpServerOptions options,
            PublishAuthorizer authorizer,
            LiveStreams streams,
            LiveMetrics metrics,
            FanOut fanOut,
            PlayAccess playAccess,
            @Nullable InetAddress client,
            Runnable onUse,
            LongSupplier nanoTime) {
        this.client = client;
        this.onUse = onUse;
        this.fanOut = fanOut;
        this.playAccess = playAccess;
        this.nanoTime = nanoTime;
        this.options = options;
        this.authorizer = authorizer;
        this.streams = streams;
        this.metrics = metrics;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        var newSession =
                new RtmpSession(this, ctx.executor(), authorizer, streams, fanOut, playAccess);
        session = newSession;
        var newWatch = new ConnectionWatch(this, newSession, ctx.executor(), options, nanoTime);
        watch = newWatch;
        reader =
                new ChunkReader(
                        ctx.alloc(),
                        (type, time, msid, payload) -> {
                            newWatch.heard(type);
                            newSession.message(RtmpMessageReader.read(type, time, msid, payload));
                        });
        newWatch.start();
    }

    @Override
    public boolean hasShakenHands() {
        return handshake.isDone();
    }

    @Override
    public boolean isRead() {
        return context == null || context.channel().config().isAutoRead();
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public void ping(long timeMs) {
        send(new UserControl(UserControl.PING_REQUEST, timeMs & 0xFFFF_FFFFL, 0));
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (session != null && ctx.channel().isWritable()) {
            session.writable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        metrics.connections().incrementAndGet();
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            received += in.readableBytes();
            if (closing || reader == null) {
                return;
            }
            if (!handshake.isDone()) {
                ByteBuf answer = handshake.read(in, ctx.alloc());
                if (answer != null) {
                    ctx.writeAndFlush(answer);
                }
                if (!handshake.isDone()) {
                    return;
                }
            }
            reader.read(in);
            if (received - acknowledged >= acknowledgeEvery && !closing) {
                acknowledged = received;
                send(new Acknowledgement(received & 0xFFFF_FFFFL));
                flush();
            }
        } catch (RtmpProtocolException e) {
            giveUp(String.valueOf(e.getMessage()), handshake.isDone() ? "protocol" : "handshake");
        } finally {
            in.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        metrics.connections().decrementAndGet();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        closing = true;
        if (watch != null) {
            watch.stop();
        }
        if (linger != null) {
            linger.cancel(false);
        }
        if (session != null) {
            session.closed();
        }
        if (reader != null) {
            reader.close();
        }
        if (outgoing != null) {
            outgoing.release();
            outgoing = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause.getCause() instanceof SSLException tls) {
            metrics.refused("tls");
            log.info("rtmps {}: closed: {}", remoteAddress(), tls.getMessage());
        } else if (cause instanceof IOException) {
            log.debug("rtmp {}: connection broke: {}", remoteAddress(), cause.toString());
        } else {
            log.error("rtmp {}: connection closed after our own mistake", remoteAddress(), cause);
        }
        closing = true;
        ctx.close();
    }

    @Override
    public void giveUp(String reason, String metric) {
        if (closing) {
            return;
        }
        closing = true;
        metrics.refused(metric);
        // Scanners are most of what never gets through the handshake.
        if (handshake.isDone()) {
            log.warn("rtmp {}: closed: {}", remoteAddress(), reason);
        } else {
            log.info("rtmp {}: closed: {}", remoteAddress(), reason);
        }
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void send(RtmpMessage message) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        if (outgoing == null) {
            outgoing = ctx.alloc().buffer(512);
        }
        RtmpMessageWriter.write(writer, message, outgoing, ctx.alloc());
    }

    @Override
    public void flush() {
        if (outgoing != null && context != null) {
            ByteBuf bytes = outgoing;
            outgoing = null;
            int size = bytes.readableBytes();
            answersPending += size;
            context.writeAndFlush(bytes).addListener(_ -> answersPending -= size);
            if (answersPending > MAX_ANSWERS_PENDING) {
                giveUp("asks on and on and reads no answer", "slow reader");
            }
        }
    }

    @Override
    public void writeShared(SharedPiece chunks) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || closing) {
            return;
        }
        ByteBuf before = outgoing;
        if (before != null) {
            outgoing = null;
            ctx.write(before, ctx.voidPromise());
        }
        ctx.write(chunks.body(), ctx.voidPromise());
    }

    @Override
    public void flushShared() {
        if (context != null) {
            context.flush();
        }
    }

    @Override
    public boolean isWritable() {
        return context != null && !closing && context.channel().isWritable();
    }

    @Override
    public void limitUnsent(int bytes) {
        if (context != null) {
            EventLoops.limitUnsent(context.channel(), bytes);
        }
    }

    @Override
    public @Nullable InetAddress inetAddress() {
        return client;
    }

    /// The last word must arrive: a close with unread input would reset the connection and destroy
    /// it. So our side is shut down, the peer's input thrown away, until it closes or a second has
    /// passed.
    @Override
    public void closeAfterFlush(String reason, String metric) {
        ChannelHandlerContext ctx = context;
        if (closing || ctx == null) {
            return;
        }
        metrics.refused(metric);
        log.info("rtmp {}: closing: {}", remoteAddress(), reason);
        ByteBuf bytes = outgoing == null ? ctx.alloc().buffer(0) : outgoing;
        outgoing = null;
        closing = true;
        if (watch != null) {
            watch.stop();
        }
        ctx.channel().config().setAutoRead(true);
        ctx.writeAndFlush(bytes)
                .addListener(
                        (ChannelFutureListener)
                                written -> {
                                    if (written.isSuccess()
                                            && ctx.channel() instanceof SocketChannel socket
                                            && ctx.pipeline().get(SslHandler.class) == null) {
                                        socket.shutdownOutput();
                                    }
                                });
        linger = ctx.executor().schedule(() -> ctx.close(), LINGER_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void pause(Object cause) {
        if (context != null && !closing && pauses.add(cause)) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void resume(Object cause) {
        if (pauses.remove(cause) && pauses.isEmpty() && context != null && !closing) {
            if (watch != null) {
                watch.hearsAgain();
            }
            context.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void readChunkSize(int sizeBytes) throws RtmpProtocolException {
        if (reader != null) {
            reader.maxChunkSize(sizeBytes);
        }
    }

    @Override
    public void abort(int chunkStreamId) {
        if (reader != null) {
            reader.abort(chunkStreamId);
        }
    }

    /// Half the peer's window: some wait for the acknowledgement when it is full.
    @Override
    public void acknowledgeEvery(long bytes) {
        acknowledgeEvery = Math.max(bytes / 2, 16 << 10);
    }

    @Override
    public String remoteAddress() {
        return client == null ? "?" : NetUtil.toAddressString(client);
    }

    @Override
    public void used() {
        onUse.run();
    }

    @Override
    public void execute(Runnable onEventLoop) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        if (ctx.executor().inEventLoop()) {
            onEventLoop.run();
        } else {
            try {
                ctx.executor().execute(onEventLoop);
            } catch (RejectedExecutionException _) {
                log.debug("rtmp {}: the event loop is gone", remoteAddress());
            }
        }
    }
}
