package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// One HTTP/1.1 connection: one request at a time, in order. The next request is decoded only when
/// the reply before it went out, so pipelining needs no queue. Its event loop only.
final class Http1Connection extends ChannelInboundHandlerAdapter
        implements RequestDecoder.Listener, Swept {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    /// Up to here the head and the body leave in one buffer.
    private static final int ONE_BUFFER_BYTES = 16 << 10;

    /// What is read and dropped of a body nobody wanted, to keep the connection.
    private static final long MAX_DISCARD_BYTES = 256 << 10;

    private static final long DISCARD_TIME_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long LINGER_TIME_NS = TimeUnit.SECONDS.toNanos(2);
    private static final ByteBuf CONTINUE =
            Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer()
                            .writeBytes(
                                    "HTTP/1.1 100 Continue\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII))
                            .asReadOnly());

    private enum State {
        /// Between requests.
        IDLE,
        /// In a request's head.
        HEAD,
        /// A request is being answered.
        BUSY,
        /// Answered; the rest of its body is dropped.
        DISCARDING,
        /// Our last word is out; waiting for the client to close, so that it can read it.
        LINGERING,
        CLOSED
    }

    private final ListenerState listener;
    private final LoopSweep sweep;
    private final RequestDecoder decoder;
    private final boolean tls;
    private final Channel channel;
    private final BodySink sink;
    private final Client client;
    private final InetSocketAddress peer;

    private final StallWatch stall;
    private int sweepIndex = -1;

    private State state = State.HEAD;
    private long deadlineNs;
    private @Nullable Http1Exchange current;
    private boolean bodyPresent;
    private boolean bodyEnded;
    private boolean continueOwed;
    private long bodyBytes;
    private long rateBytes;
    private long rateSinceNs;
    private boolean replyStarted;
    private boolean replyDone;
    private boolean closeAfterReply;
    private boolean resumeWhenWritable;
    private boolean decoding;
    private int replyStatus;
    private long replyBytes;
    private @Nullable PartsSender parts;
    private @Nullable StreamSender stream;

    /// @param deadlineNs until when the first request's head must be here
    Http1Connection(
            ListenerState listener,
            LoopSweep sweep,
            Channel channel,
            Client client,
            long deadlineNs) {
        this.listener = listener;
        this.sweep = sweep;
        this.channel = channel;
        this.sink = new BodySink.OfChannel(channel);
        this.tls = client.tls();
        this.stall = new StallWatch(channel);
        this.decoder = new RequestDecoder(listener.limits(), this);
        this.client = client;
        this.peer = client.address();
        this.deadlineNs = deadlineNs;
    }

    RequestDecoder decoder() {
        return decoder;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        sweep.add(this);
    }

    // --- requests -----------------------------------------------------------------------------

    @Override
    public void bytesArrived() {
        if (state == State.IDLE) {
            state = State.HEAD;
            deadlineNs = System.nanoTime() + listener.limits().headerTime().toNanos();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (state == State.LINGERING || state == State.CLOSED) {
            ReferenceCountUtil.release(msg);
            return;
        }
        decoding = true;
        if (msg instanceof HttpRequest request) {
            onRequest(request);
        }
        if (msg instanceof HttpContent content) {
            onContent(content);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        decoding = false;
        channel.flush();
    }

    private void onRequest(HttpRequest request) {
        decoder.pause();
        state = State.BUSY;
        bodyPresent = false;
        bodyEnded = false;
        bodyBytes = 0;
        replyStarted = false;
        replyDone = false;
        closeAfterReply = false;
        continueOwed = false;
        if (request.decoderResult().isFailure()) {
            refuse(request, undecodable(request.decoderResult().cause()));
            return;
        }
        RequestHead head;
        try {
            head = RequestHead.of(request);
        } catch (HttpProblem problem) {
            refuse(request, problem);
            return;
        }
        bodyPresent = head.hasBody();
        bodyEnded = !bodyPresent;
        continueOwed = head.expectsContinue() && head.hasBody();
        closeAfterReply = !head.keepAlive();
        var exchange =
                new Http1Exchange(
                        head, RequestDispatch.route(listener, head), listener, client, this);
        current = exchange;
        RequestDispatch.handle(listener, exchange);
    }

    private static HttpProblem undecodable(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ ->
                    new HttpProblem(414, "The request line is too long.");
            case TooLongHttpHeaderException _ ->
                    new HttpProblem(431, "The request's header block is too large.");
            default ->
                    new HttpProblem(
                            400,
                            "The request is not HTTP/1.1: " + String.valueOf(cause.getMessage()));
        };
    }

    /// Answers a request that is no request, and closes: what follows it cannot be told apart.
    private void refuse(HttpRequest request, HttpProblem problem) {
        var head =
                new RequestHead(
                        request.method().name(),
                        "/",
                        "/",
                        "",
                        "",
                        RequestHead.Protocol.HTTP_1_1,
                        false,
                        false,
                        0,
                        request.headers());
        closeAfterReply = true;
        bodyEnded = false;
        var exchange = new Http1Exchange(head, RequestDispatch.NO_ROUTE, listener, client, this);
        current = exchange;
        exchange.fail(problem);
    }

    // --- bodies of requests -------------------------------------------------------------------

    private void onContent(HttpContent content) throws Exception {
        if (!bodyPresent) {
            // The empty end that follows every head.
            content.release();
            return;
        }
        RequestBody body = current == null ? null : current.body();
        if (content.decoderResult().isFailure()) {
            content.release();
            closeAfterReply = true;
            bodyEnded = true;
            decoder.pause();
            failBody(
                    body,
                    RequestBodyException.Reason.MALFORMED,
                    "The body's chunks are broken: "
                            + content.decoderResult().cause().getMessage());
            if (replyDone) {
                close();
            }
            return;
        }
        int size = content.content().readableBytes();
        bodyBytes += size;
        rateBytes += size;
        boolean last = content instanceof LastHttpContent;
        if (state == State.DISCARDING || body == null) {
            content.release();
            if (!last && state == State.DISCARDING && bodyBytes > MAX_DISCARD_BYTES) {
                close();
                return;
            }
        } else if (bodyBytes > currentRoute().maxBodyBytes()) {
            content.release();
            closeAfterReply = true;
            decoder.pause();
            failBody(
                    body,
                    RequestBodyException.Reason.TOO_LARGE,
                    RequestDispatch.tooLarge(currentRoute()));
            return;
        } else if (body.offer(content.content())) {
            decoder.pause();
        }
        if (last) {
            bodyEnded = true;
            decoder.pause();
            if (body != null) {
                body.end();
            }
            if (replyDone) {
                nextRequest();
            }
        }
    }

    private HttpRouter.Route currentRoute() {
        return current == null ? RequestDispatch.NO_ROUTE : current.route();
    }

    private static void failBody(
            @Nullable RequestBody body, RequestBodyException.Reason reason, String text) {
        if (body != null) {
            body.fail(new RequestBodyException(reason, text));
        }
    }

    /// A reader wants the body.
    void openBody(Http1Exchange exchange, RequestBody body) {
        if (exchange != current || state != State.BUSY || replyStarted) {
            failBody(
                    body,
                    RequestBodyException.Reason.CUT,
                    "The exchange ended before its body was read.");
            return;
        }
        if (continueOwed) {
            continueOwed = false;
            channel.writeAndFlush(CONTINUE.duplicate());
        }
        bodyWanted(exchange);
    }

    /// The reader caught up.
    void bodyWanted(Http1Exchange exchange) {
        if (exchange != current || bodyEnded || state != State.BUSY) {
            return;
        }
        rateBytes = 0;
        rateSinceNs = System.nanoTime();
        resumeDecoder();
    }

    private void resumeDecoder() {
        try {
            decoder.resume();
        } catch (Exception e) {
            LOG.warn("connection of {} failed", peer, e);
            close();
        }
    }

    // --- replies ------------------------------------------------------------------------------

    void send(Http1Exchange exchange, HttpReply reply) {
        if (exchange != current || state != State.BUSY) {
            ReplyPlan.release(reply.body());
            return;
        }
        exchange.plan(
                reply,
                plan -> {
                    if (plan == null) {
                        close();
                    } else {
                        write(exchange, plan);
                    }
                });
    }

    private void write(Http1Exchange exchange, ReplyPlan plan) {
        if (exchange != current || state != State.BUSY) {
            if (plan.body() != null) {
                ReplyPlan.release(plan.body());
            }
            return;
        }
        boolean streamed = plan.body() instanceof HttpBody.Stream;
        boolean chunked = streamed && !exchange.head().http10();
        begin(plan.status(), streamed && !chunked);
        HttpBody body = plan.body() == null ? HttpBody.Empty.INSTANCE : plan.body();
        long size = ReplyPlan.size(body);
        boolean together =
                size >= 0 && size <= ONE_BUFFER_BYTES && !(body instanceof HttpBody.Parts);
        ByteBuf out = channel.alloc().directBuffer(1024 + (together ? (int) size : 0));
        ReplyHead.write(
                out, plan, plan.sizeBytes(), chunked, closeAfterReply, exchange.requestId());
        switch (body) {
            case HttpBody.Empty _ -> writeLast(out, 0);
            case HttpBody.Bytes(byte[] bytes) when together -> {
                out.writeBytes(bytes);
                writeLast(out, bytes.length);
            }
            case HttpBody.Buffer(ByteBuf buffer) when together -> {
                out.writeBytes(buffer);
                buffer.release();
                writeLast(out, (int) size);
            }
            case HttpBody.Bytes(byte[] bytes) ->
                    sendParts(
                            out,
                            List.of(new HttpBody.BufferPart(Unpooled.wrappedBuffer(bytes))),
                            size,
                            () -> {});
            case HttpBody.Buffer(ByteBuf buffer) ->
                    sendParts(out, List.of(new HttpBody.BufferPart(buffer)), size, () -> {});
            case HttpBody.Parts(List<HttpBody.Part> list, long total, Runnable owner) ->
                    sendParts(out, list, total, owner);
            case HttpBody.Stream(HttpBody.StreamProducer producer) ->
                    sendStream(out, producer, chunked);
        }
    }

    /// The connection becomes a WebSocket and is none of this class's business any more.
    void upgrade(
            Http1Exchange exchange,
            WebSocketOptions options,
            Function<WebSocket, WebSocketHandler> open) {
        if (exchange != current || state != State.BUSY) {
            return;
        }
        if (listener.isDraining()) {
            send(exchange, HttpReply.text(503, "The server is stopping."));
            return;
        }
        String key = String.valueOf(exchange.head().header("Sec-WebSocket-Key"));
        ByteBuf out = channel.alloc().directBuffer(512);
        ReplyHead.writeStart(out, 101);
        ReplyHead.write(out, "Upgrade", "websocket");
        ReplyHead.write(out, "Connection", "Upgrade");
        ReplyHead.write(out, "Sec-WebSocket-Accept", WebSocketHandshake.accept(key));
        out.writeShort('\r' << 8 | '\n');
        channel.writeAndFlush(out, channel.voidPromise());
        current = null;
        state = State.CLOSED;
        sweep.remove(this);
        WebSocketConnection.begin(listener, sweep, channel, exchange, options, open);
        channel.pipeline().remove(this);
        // Hands on what the client sent behind its request.
        channel.pipeline().remove(decoder);
        channel.config().setAutoRead(true);
    }

    void send(Http1Exchange exchange, PreparedReply reply) {
        if (exchange != current || state != State.BUSY) {
            return;
        }
        RequestHead head = exchange.head();
        var headers = head.headers();
        boolean plain =
                !headers.contains(HttpHeaderNames.RANGE)
                        && !headers.contains(HttpHeaderNames.IF_NONE_MATCH)
                        && !headers.contains(HttpHeaderNames.IF_MODIFIED_SINCE)
                        && !headers.contains(HttpHeaderNames.IF_MATCH)
                        && !headers.contains(HttpHeaderNames.IF_UNMODIFIED_SINCE);
        if (!plain || head.method().equals("HEAD")) {
            send(exchange, reply.toReply());
            return;
        }
        PreparedReply.Rendered rendered =
                reply.rendered(
                        reply.hasCompressed()
                                && Compression.accepts(
                                        headers.get(HttpHeaderNames.ACCEPT_ENCODING)));
        begin(200, false);
        boolean together = rendered.bytes().length <= ONE_BUFFER_BYTES;
        ByteBuf out = channel.alloc().directBuffer(256 + (together ? rendered.bytes().length : 0));
        ReplyHead.writeStart(out, 200);
        if (closeAfterReply) {
            ReplyHead.write(out, "Connection", "close");
        }
        String requestId = exchange.requestIdIfKnown();
        if (requestId != null) {
            ReplyHead.write(out, "X-Request-Id", requestId);
        }
        if (together) {
            out.writeBytes(rendered.bytes());
            writeLast(out, rendered.bodyBytes());
        } else {
            sendParts(
                    out,
                    List.of(new HttpBody.BufferPart(Unpooled.wrappedBuffer(rendered.bytes()))),
                    rendered.bytes().length,
                    () -> {});
            replyBytes = rendered.bodyBytes();
        }
    }

    /// Decides how the connection goes on.
    private void begin(int status, boolean closeDelimited) {
        replyStarted = true;
        replyStatus = status;
        stall.restart();
        Http1Exchange exchange = current;
        boolean bodyHopeless =
                !bodyEnded
                        && (continueOwed
                                || exchange == null
                                || exchange.head().contentLength() - bodyBytes > MAX_DISCARD_BYTES);
        closeAfterReply |=
                closeDelimited
                        || bodyHopeless
                        || listener.isDraining()
                        || (exchange != null && exchange.endsConnection());
    }

    private void writeLast(ByteBuf out, int size) {
        replyBytes = size;
        if (decoding) {
            // Flushed at the end of this read, with the answers to what else is pipelined.
            channel.write(out, channel.voidPromise());
        } else {
            channel.writeAndFlush(out, channel.voidPromise());
        }
        replyFinished(null);
    }

    private void sendParts(ByteBuf head, List<HttpBody.Part> list, long size, Runnable owner) {
        replyBytes = size;
        channel.write(head, channel.voidPromise());
        Executor executor = listener.executor();
        var sender =
                new PartsSender(
                        sink,
                        new HttpBody.Parts(list, size, owner),
                        !tls,
                        executor,
                        this::replyFinished);
        parts = sender;
        sender.pump();
        if (parts != null && !channel.isWritable()) {
            channel.flush();
        }
    }

    private void sendStream(ByteBuf head, HttpBody.StreamProducer producer, boolean chunked) {
        channel.writeAndFlush(head, channel.voidPromise());
        var sender = new StreamSender(sink, chunked, this::replyFinished);
        stream = sender;
        try {
            producer.start(sender);
        } catch (Throwable t) {
            sender.abort(t);
        }
    }

    /// @param failure why the body could not be sent whole
    private void replyFinished(@Nullable Throwable failure) {
        if (replyDone || current == null) {
            return;
        }
        replyDone = true;
        if (stream != null) {
            replyBytes = stream.sentBytes();
        }
        parts = null;
        stream = null;
        if (failure != null) {
            if (state == State.BUSY && channel.isActive()) {
                LOG.warn(
                        "request {} {} broke off: {}",
                        current.requestId(),
                        current.route().name(),
                        failure.toString());
            }
            account(0);
            close();
            return;
        }
        account(replyStatus);
        if (state != State.BUSY) {
            return;
        }
        if (closeAfterReply) {
            closeGently();
        } else if (bodyEnded) {
            nextRequest();
        } else {
            discardBody();
        }
    }

    /// The rest of an unread body is dropped so that the connection can go on.
    private void discardBody() {
        state = State.DISCARDING;
        deadlineNs = System.nanoTime() + DISCARD_TIME_NS;
        resumeDecoder();
    }

    private void nextRequest() {
        state = State.IDLE;
        deadlineNs = System.nanoTime() + listener.limits().keepAliveTime().toNanos();
        if (listener.isDraining()) {
            closeGently();
        } else if (channel.isWritable()) {
            resumeDecoder();
        } else {
            // The client sends requests and reads no answers.
            resumeWhenWritable = true;
            channel.flush();
        }
    }

    /// The exchange is over: log, metrics, whoever waits for it.
    private void account(int status) {
        Http1Exchange exchange = current;
        current = null;
        if (exchange == null) {
            return;
        }
        exchange.over(status, replyBytes);
    }

    // --- the end ------------------------------------------------------------------------------

    /// Closes so that the client can read our last reply: with its bytes still unread in the
    /// kernel, a close would reset the connection and the reply with it.
    private void closeGently() {
        if (bodyEnded || tls) {
            lastWrite(Unpooled.EMPTY_BUFFER);
            return;
        }
        state = State.LINGERING;
        deadlineNs = System.nanoTime() + LINGER_TIME_NS;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(
                        _ -> {
                            if (channel instanceof DuplexChannel duplex && channel.isActive()) {
                                duplex.shutdownOutput();
                            }
                        });
        if (channel.pipeline().context(decoder) != null) {
            channel.pipeline().remove(decoder);
        }
        channel.config().setAutoRead(true);
    }

    private void lastWrite(ByteBuf out) {
        state = State.CLOSED;
        deadlineNs = System.nanoTime() + listener.limits().writeStallTime().toNanos();
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    private void close() {
        state = State.CLOSED;
        channel.close();
    }

    @Override
    public void drain() {
        if (state == State.IDLE || (state == State.HEAD && current == null)) {
            close();
        }
    }

    @Override
    public int sweepIndex() {
        return sweepIndex;
    }

    @Override
    public void sweepIndex(int index) {
        sweepIndex = index;
    }

    @Override
    public void abort() {
        close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            return;
        }
        if (parts != null) {
            parts.pump();
        }
        if (stream != null) {
            stream.wake();
        }
        if (resumeWhenWritable) {
            resumeWhenWritable = false;
            resumeDecoder();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        sweep.remove(this);
        Http1Exchange exchange = current;
        if (exchange == null) {
            return;
        }
        failBody(
                exchange.body(),
                RequestBodyException.Reason.CUT,
                "The connection closed in the middle of the body.");
        var gone = new java.nio.channels.ClosedChannelException();
        if (parts != null) {
            parts.abort(gone);
        } else if (stream != null) {
            stream.end(gone);
        } else {
            replyBytes = 0;
            account(0);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Resets and broken TLS are the clients' daily business; anything else is ours.
        if (cause instanceof java.io.IOException
                || cause instanceof io.netty.handler.codec.DecoderException) {
            LOG.debug("connection of {} failed", peer, cause);
        } else {
            LOG.error("connection of {} failed", peer, cause);
        }
        close();
    }

    @Override
    public void sweep(long nowNs) {
        switch (state) {
            case IDLE, LINGERING, DISCARDING -> {
                if (nowNs - deadlineNs > 0) {
                    close();
                }
            }
            case HEAD -> {
                if (nowNs - deadlineNs > 0) {
                    listener.metrics().timeout();
                    timeoutOfHead();
                }
            }
            case BUSY -> {
                sweepBody(nowNs);
                sweepReply(nowNs);
            }
            case CLOSED -> {
                if (nowNs - deadlineNs > 0) {
                    channel.close();
                }
            }
        }
    }

    private void timeoutOfHead() {
        if (tls) {
            close();
            return;
        }
        ByteBuf out = channel.alloc().directBuffer(512);
        byte[] text =
                "The request's head did not arrive in time.\n".getBytes(StandardCharsets.US_ASCII);
        ReplyHead.write(
                out,
                new ReplyPlan(
                        408,
                        List.of("Content-Type", "text/plain; charset=utf-8"),
                        text.length,
                        null),
                text.length,
                false,
                true,
                null);
        out.writeBytes(text);
        lastWrite(out);
    }

    private void sweepBody(long nowNs) {
        RequestBody body = current == null ? null : current.body();
        HttpLimits limits = listener.limits();
        if (body == null || bodyEnded || limits.bodyBytesPerSecond() == 0) {
            return;
        }
        if (body.isHeldBack()) {
            rateBytes = 0;
            rateSinceNs = nowNs;
            return;
        }
        long elapsedNs = nowNs - rateSinceNs;
        if (elapsedNs < limits.bodyRateWindow().toNanos()) {
            return;
        }
        double wanted = limits.bodyBytesPerSecond() * (elapsedNs / 1e9);
        if (rateBytes < wanted) {
            listener.metrics().timeout();
            closeAfterReply = true;
            decoder.pause();
            failBody(
                    body,
                    RequestBodyException.Reason.TOO_SLOW,
                    "The body came slower than "
                            + limits.bodyBytesPerSecond()
                            + " bytes a second.");
        }
        rateBytes = 0;
        rateSinceNs = nowNs;
    }

    /// A reply is stalled when the socket took nothing although something waits for it.
    private void sweepReply(long nowNs) {
        if (!replyStarted || replyDone) {
            return;
        }
        if (stall.stalledNs(nowNs) > listener.limits().writeStallTime().toNanos()) {
            listener.metrics().timeout();
            LOG.info(
                    "connection of {} closed: it took nothing of its reply for {} s",
                    peer,
                    listener.limits().writeStallTime().toSeconds());
            close();
        }
    }
}
