package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// A connection that became a WebSocket. Its event loop only, but for what {@link WebSocket} says.
///
///     OPEN -> CLOSING     we said close, and wait for the peer's word
///     OPEN, CLOSING -> CLOSED     at once behind what is no frame
final class WebSocketConnection extends ChannelInboundHandlerAdapter implements WebSocket, Swept {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final long CLOSING_TIME_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long FAILED_TIME_MS = 300;
    private static final int NO_STATUS = 1005;
    private static final int MAX_REASON_BYTES = 123;

    private enum State {
        OPEN,
        CLOSING,
        CLOSED
    }

    private final ListenerState listener;
    private final LoopSweep sweep;
    private final Channel channel;
    private final Http1Exchange exchange;
    private final InetSocketAddress peer;
    private final WebSocketOptions options;
    private final WebSocketHandler handler;
    private final StallWatch stall;
    private int sweepIndex = -1;

    private State state = State.OPEN;
    private long deadlineNs;
    private long heardNs = System.nanoTime();
    private boolean pinged;
    private int peerCode = BROKEN;
    private long bytesOut;

    /// Of the text message being put together; null between text messages.
    private @Nullable ByteBuf text;

    private boolean inBinary;

    private WebSocketConnection(
            ListenerState listener,
            LoopSweep sweep,
            Channel channel,
            Http1Exchange exchange,
            WebSocketOptions options,
            Function<WebSocket, WebSocketHandler> open) {
        this.listener = listener;
        this.sweep = sweep;
        this.channel = channel;
        this.exchange = exchange;
        this.peer = exchange.remoteAddress();
        this.options = options;
        this.stall = new StallWatch(channel);
        this.handler = open.apply(this);
    }

    /// Puts the codec and this behind what is in the pipeline. The 101 must have been written.
    static void begin(
            ListenerState listener,
            LoopSweep sweep,
            Channel channel,
            Http1Exchange exchange,
            WebSocketOptions options,
            Function<WebSocket, WebSocketHandler> open) {
        var connection = new WebSocketConnection(listener, sweep, channel, exchange, options, open);
        var decoding =
                WebSocketDecoderConfig.newBuilder()
                        .maxFramePayloadLength(options.maxFrameBytes())
                        .expectMaskedFrames(true)
                        .allowMaskMismatch(false)
                        .allowExtensions(false)
                        .closeOnProtocolViolation(false)
                        .withUTF8Validator(false)
                        .build();
        channel.pipeline()
                .addLast(
                        new WebSocket13FrameDecoder(decoding),
                        new WebSocket13FrameEncoder(false),
                        connection);
        listener.metrics().webSockets().incrementAndGet();
        sweep.add(connection);
    }

    // --- in -----------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        heardNs = System.nanoTime();
        pinged = false;
        try {
            if (msg instanceof WebSocketFrame frame && state != State.CLOSED) {
                onFrame(frame);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("websocket {} of {} failed", exchange.route().name(), peer, e);
            closeNow(INTERNAL_ERROR, "The server failed on this message.");
        } finally {
            // Also what is no frame: the empty end of the request that became this.
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        channel.flush();
    }

    private void onFrame(WebSocketFrame frame) {
        switch (frame) {
            case CloseWebSocketFrame close -> onCloseFrame(close);
            case PingWebSocketFrame ping -> {
                if (state == State.OPEN) {
                    write(new PongWebSocketFrame(ping.content().retain()));
                }
            }
            case PongWebSocketFrame _ -> {}
            case TextWebSocketFrame piece when state == State.OPEN -> onTextPiece(piece);
            case BinaryWebSocketFrame piece when state == State.OPEN -> {
                inBinary = !piece.isFinalFragment();
                handler.onBinary(piece.content(), piece.isFinalFragment());
            }
            case ContinuationWebSocketFrame piece when state == State.OPEN -> {
                if (inBinary) {
                    inBinary = !piece.isFinalFragment();
                    handler.onBinary(piece.content(), piece.isFinalFragment());
                } else {
                    onTextPiece(piece);
                }
            }
            default -> {}
        }
    }

    private void onTextPiece(WebSocketFrame piece) {
        ByteBuf bytes = piece.content();
        ByteBuf soFar = text;
        int before = soFar == null ? 0 : soFar.readableBytes();
        if (before + bytes.readableBytes() > options.maxTextBytes()) {
            close(TOO_BIG, "A text message may have " + options.maxTextBytes() + " bytes at most.");
            return;
        }
        if (!piece.isFinalFragment()) {
            if (soFar == null) {
                soFar = channel.alloc().buffer(Math.max(256, bytes.readableBytes()));
                text = soFar;
            }
            soFar.writeBytes(bytes);
            return;
        }
        String message;
        try {
            ByteBuffer all =
                    soFar == null ? bytes.nioBuffer() : soFar.writeBytes(bytes).nioBuffer();
            message = StandardCharsets.UTF_8.newDecoder().decode(all).toString();
        } catch (CharacterCodingException _) {
            close(1007, "A text message is not UTF-8.");
            return;
        } finally {
            releaseText();
        }
        handler.onText(message);
    }

    private void onCloseFrame(CloseWebSocketFrame close) {
        int code = close.statusCode();
        peerCode = code < 0 ? NO_STATUS : code;
        if (state == State.OPEN) {
            // RFC 6455 §5.5.1: the same code back.
            write(
                    peerCode == NO_STATUS
                            ? new CloseWebSocketFrame()
                            : new CloseWebSocketFrame(peerCode, ""));
        }
        state = State.CLOSED;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            LOG.debug("websocket of {}: {}", peer, cause.getMessage());
            closeNow(corrupted.closeStatus().code(), String.valueOf(cause.getMessage()));
            fail();
        } else {
            LOG.debug("websocket of {} failed", peer, cause);
            state = State.CLOSED;
            channel.close();
        }
    }

    /// RFC 6455 §7.1.7: what comes now is no frame, so the peer's word cannot be waited for. Behind
    /// our own nothing more goes out; what is on its way is read for a moment, as closing over
    /// bytes that were not read may take our word back from the peer (a reset).
    private void fail() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        channel.config().setAutoRead(true);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(
                            (ChannelFutureListener)
                                    written -> {
                                        if (written.isSuccess()
                                                && channel instanceof DuplexChannel duplex) {
                                            duplex.shutdownOutput();
                                        }
                                    });
        }
        // A peer that reads sees the end and closes itself.
        loop().schedule(() -> channel.close(), FAILED_TIME_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        sweep.remove(this);
        releaseText();
        listener.metrics().webSockets().decrementAndGet();
        try {
            handler.onClose(peerCode);
        } catch (RuntimeException e) {
            LOG.error("websocket {} of {} failed at its end", exchange.route().name(), peer, e);
        }
        exchange.over(101, bytesOut);
    }

    private void releaseText() {
        if (text != null) {
            text.release();
            text = null;
        }
    }

    // --- out ----------------------------------------------------------------------------------

    private void write(WebSocketFrame frame) {
        bytesOut += frame.content().readableBytes();
        channel.write(frame, channel.voidPromise());
    }

    @Override
    public void sendText(String message) {
        onLoop(
                () -> {
                    if (state != State.OPEN) {
                        return;
                    }
                    ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
                    if (queue != null
                            && queue.totalPendingWriteBytes() > options.maxQueuedBytes()) {
                        LOG.info("websocket of {} closed: it does not read", peer);
                        state = State.CLOSED;
                        channel.close();
                        return;
                    }
                    write(new TextWebSocketFrame(message));
                    channel.flush();
                });
    }

    @Override
    public void setReading(boolean reading) {
        onLoop(() -> channel.config().setAutoRead(reading || state != State.OPEN));
    }

    @Override
    public void close(int code, String reason) {
        onLoop(() -> closeNow(code, reason));
    }

    private void closeNow(int code, String reason) {
        if (state != State.OPEN) {
            return;
        }
        state = State.CLOSING;
        deadlineNs = System.nanoTime() + CLOSING_TIME_NS;
        releaseText();
        write(new CloseWebSocketFrame(code, cut(reason)));
        channel.flush();
        // The peer's answer is behind what was not read.
        channel.config().setAutoRead(true);
    }

    /// A close frame's body holds 125 bytes, two of them the code.
    private static String cut(String reason) {
        byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_REASON_BYTES) {
            return reason;
        }
        int end = MAX_REASON_BYTES;
        while (end > 0 && (bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
    }

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return peer;
    }

    private void onLoop(Runnable action) {
        if (loop().inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop().execute(action);
        } catch (RejectedExecutionException _) {
            // The loops have stopped, and the connection with them.
        }
    }

    // --- time ---------------------------------------------------------------------------------

    @Override
    public void sweep(long nowNs) {
        if (stall.stalledNs(nowNs) > listener.limits().writeStallTime().toNanos()) {
            listener.metrics().timeout();
            abort();
            return;
        }
        switch (state) {
            case OPEN -> sweepSilence(nowNs);
            case CLOSING -> {
                if (nowNs - deadlineNs > 0) {
                    abort();
                }
            }
            case CLOSED -> channel.close();
        }
    }

    private void sweepSilence(long nowNs) {
        if (!channel.config().isAutoRead()) {
            heardNs = nowNs; // it is us who do not listen
            return;
        }
        long silentNs = nowNs - heardNs;
        if (silentNs > options.closeAfter().toNanos()) {
            LOG.info(
                    "websocket of {} closed: silent for {} s",
                    peer,
                    options.closeAfter().toSeconds());
            listener.metrics().timeout();
            abort();
        } else if (!pinged && silentNs > options.pingAfter().toNanos()) {
            pinged = true;
            write(new PingWebSocketFrame());
            channel.flush();
        }
    }

    @Override
    public void drain() {
        if (state == State.OPEN) {
            handler.onDrain();
        }
    }

    @Override
    public void abort() {
        state = State.CLOSED;
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
