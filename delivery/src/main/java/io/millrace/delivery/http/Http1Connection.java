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

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// One HTTP/1.1 connection: one request at a time, in order. The next request is decoded only when
/// the reply before it went out, so pipelining needs no queue. Its event loop only.
final class Http1Connection extends ChannelInboundHandlerAdapter
        implements RequestDecoder.Listener {
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
    private static final HttpRouter.Route NO_ROUTE =
            new HttpRouter.Route("/", "none", 0, exchange -> {});

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
    private final InetSocketAddress peer;

    /// Where {@link LoopSweep} holds this; -1 when it does not.
    int sweepIndex = -1;

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
    private long stalledSinceNs;
    private long lastProgress;

    Http1Connection(ListenerState listener, LoopSweep sweep, Channel channel, boolean tls) {
        this.listener = listener;
        this.sweep = sweep;
        this.channel = channel;
        this.sink = new BodySink.OfChannel(channel);
        this.tls = tls;
        this.decoder = new RequestDecoder(listener.limits(), this);
        this.peer =
                channel.remoteAddress() instanceof InetSocketAddress address
                        ? address
                        : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        deadlineNs = System.nanoTime() + listener.limits().headerTime().toNanos();
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
        HttpRouter.Route route = listener.router().find(head.path());
        var exchange =
                new Http1Exchange(
                        head, route == null ? NO_ROUTE : route, listener, peer, this, tls);
        current = exchange;
        if (head.method().equals("OPTIONS")) {
            exchange.reply(preflight(exchange));
        } else if (route == null) {
            exchange.reply(HttpReply.text(404, "There is nothing at this path."));
        } else if (head.method().equals("CONNECT") || head.method().equals("TRACE")) {
            exchange.reply(HttpReply.text(405, head.method() + " is not served here."));
        } else if (head.contentLength() > route.maxBodyBytes()) {
            exchange.reply(HttpReply.text(413, tooLarge(route)));
        } else {
            try {
                route.handler().handle(exchange);
            } catch (Throwable t) {
                exchange.fail(t);
            }
        }
    }

    private static String tooLarge(HttpRouter.Route route) {
        return "The body is larger than the " + route.maxBodyBytes() + " bytes taken here.";
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
                        false,
                        false,
                        false,
                        0,
                        request.headers());
        closeAfterReply = true;
        bodyEnded = false;
        var exchange = new Http1Exchange(head, NO_ROUTE, listener, peer, this, tls);
        current = exchange;
        exchange.fail(problem);
    }

    /// The answer to OPTIONS: what a browser asks before it sends anything unusual.
    private static HttpReply preflight(HttpExchange exchange) {
        HttpReply reply =
                HttpReply.of(204)
                        .header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                        .header("Access-Control-Allow-Origin", "*")
                        .header(
                                "Access-Control-Allow-Methods",
                                "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                        .header("Access-Control-Max-Age", "86400");
        String wanted = exchange.header("Access-Control-Request-Headers");
        return reply.header("Access-Control-Allow-Headers", wanted == null ? "Range" : wanted)
                .header("Access-Control-Expose-Headers", "*");
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
            failBody(body, RequestBodyException.Reason.TOO_LARGE, tooLarge(currentRoute()));
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
        return current == null ? NO_ROUTE : current.route();
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
        RequestHead head = exchange.head();
        if (reply.body() instanceof HttpBody.Bytes(byte[] bytes)
                && bytes.length > Compression.MAX_BYTES_ON_LOOP
                && Compression.isCompressible(reply.contentType())
                && Compression.accepts(head.header("Accept-Encoding"))) {
            planElsewhere(exchange, reply);
            return;
        }
        ReplyPlan plan;
        try {
            plan = ReplyPlan.of(head.method(), head.headers(), reply, listener.limits().ranges());
        } catch (RuntimeException e) {
            ReplyPlan.release(reply.body());
            LOG.error("request {} {} failed", exchange.requestId(), exchange.route().name(), e);
            close();
            return;
        }
        write(exchange, plan);
    }

    /// Compressing this much would hold up the other connections of the loop.
    private void planElsewhere(Http1Exchange exchange, HttpReply reply) {
        listener.executor()
                .execute(
                        () -> {
                            RequestHead head = exchange.head();
                            ReplyPlan plan =
                                    ReplyPlan.of(
                                            head.method(),
                                            head.headers(),
                                            reply,
                                            listener.limits().ranges());
                            loop().execute(() -> write(exchange, plan));
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
        stalledSinceNs = System.nanoTime();
        lastProgress = -1;
        Http1Exchange exchange = current;
        boolean bodyHopeless =
                !bodyEnded
                        && (continueOwed
                                || exchange == null
                                || exchange.head().contentLength() - bodyBytes > MAX_DISCARD_BYTES);
        closeAfterReply |= closeDelimited || bodyHopeless || listener.isDraining();
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
        RequestBody body = exchange.body();
        if (body != null) {
            body.fail(
                    new RequestBodyException(
                            RequestBodyException.Reason.CUT,
                            "The exchange ended before its body was read."));
        }
        long durationNs = System.nanoTime() - exchange.startedNs();
        listener.metrics().request(exchange.route().name(), status, durationNs, replyBytes);
        if (listener.options().accessLog() && AccessLog.isOn()) {
            RequestHead head = exchange.head();
            AccessLog.log(
                    listener.options().name(),
                    exchange.remoteAddress().getAddress().getHostAddress(),
                    head.method(),
                    head.rawPath(),
                    head.rawQuery(),
                    head.http10() ? "HTTP/1.0" : "HTTP/1.1",
                    status,
                    replyBytes,
                    durationNs,
                    head.header("Referer"),
                    head.header("User-Agent"),
                    exchange.requestIdIfKnown());
        }
        exchange.close();
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

    /// Ends the connection if nothing is under way, else after what is.
    void drain() {
        if (state == State.IDLE || (state == State.HEAD && current == null)) {
            close();
        }
    }

    /// Ends it now.
    void abort() {
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

    /// Checks the deadline of whatever is under way.
    void sweep(long nowNs) {
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
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out == null || out.current() == null) {
            stalledSinceNs = nowNs;
            return;
        }
        long progress =
                System.identityHashCode(out.current())
                        ^ out.currentProgress() * 31
                        ^ out.totalPendingWriteBytes() << 20;
        if (progress != lastProgress) {
            lastProgress = progress;
            stalledSinceNs = nowNs;
        } else if (nowNs - stalledSinceNs > listener.limits().writeStallTime().toNanos()) {
            listener.metrics().timeout();
            LOG.info(
                    "connection of {} closed: it took nothing of its reply for {} s",
                    peer,
                    listener.limits().writeStallTime().toSeconds());
            close();
        }
    }
}
