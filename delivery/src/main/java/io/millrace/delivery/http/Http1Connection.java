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
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// One HTTP/1.1 connection: one request at a time, in order. The next request is decoded only when
/// the reply before it went out, so pipelining needs no queue. Its event loop only.
final class Http1Connection extends ChannelInboundHandlerAdapter
        implements RequestDecoder.Listener, Swept {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private static final long DISCARD_TIME_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long LINGER_TIME_NS = TimeUnit.SECONDS.toNanos(2);

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
    private final Client client;
    private final InetSocketAddress peer;
    private final Http1Body body;
    private final Http1Reply reply;
    private int sweepIndex = -1;

    private State state = State.HEAD;
    private long deadlineNs;
    private @Nullable Http1Exchange current;
    private boolean closeAfterReply;
    private boolean resumeWhenWritable;

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
        this.tls = client.tls();
        this.decoder = new RequestDecoder(listener.limits(), this);
        this.body = new Http1Body(listener, decoder, channel);
        this.reply = new Http1Reply(listener, channel, tls, this::replyFinished);
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
        reply.moreFollows(true);
        if (msg instanceof HttpRequest request) {
            onRequest(request);
        }
        if (msg instanceof HttpContent content) {
            onContent(content);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reply.moreFollows(false);
        channel.flush();
    }

    private void onRequest(HttpRequest request) {
        decoder.pause();
        state = State.BUSY;
        body.beginUnknown();
        reply.reset();
        closeAfterReply = false;
        if (request.decoderResult().isFailure()) {
            refuse(request, RequestHead.undecodable(request.decoderResult().cause()));
            return;
        }
        RequestHead head;
        try {
            head = RequestHead.of(request);
        } catch (HttpProblem problem) {
            refuse(request, problem);
            return;
        }
        body.begin(head);
        closeAfterReply = !head.keepAlive();
        var exchange =
                new Http1Exchange(
                        head, RequestDispatch.route(listener, head), listener, client, this);
        current = exchange;
        RequestDispatch.handle(listener, exchange);
    }

    /// Answers a request that is no request, and closes: what follows it cannot be told apart.
    private void refuse(HttpRequest request, HttpProblem problem) {
        closeAfterReply = true;
        var exchange =
                new Http1Exchange(
                        RequestHead.unreadable(request),
                        RequestDispatch.NO_ROUTE,
                        listener,
                        client,
                        this);
        current = exchange;
        exchange.fail(problem);
    }

    // --- bodies of requests -------------------------------------------------------------------

    private void onContent(HttpContent content) {
        Http1Exchange exchange = current;
        HttpRouter.Route route = exchange == null ? RequestDispatch.NO_ROUTE : exchange.route();
        RequestBody reader = exchange == null ? null : exchange.body();
        switch (body.take(content, route, reader, state == State.DISCARDING)) {
            case MORE -> {}
            case WHOLE -> {
                if (reply.isDone()) {
                    nextRequest();
                }
            }
            case REFUSED -> closeAfterReply = true;
            case BROKEN -> {
                closeAfterReply = true;
                if (reply.isDone()) {
                    close();
                }
            }
            case TOO_MUCH -> close();
        }
    }

    /// A reader wants the body.
    void openBody(Http1Exchange exchange, RequestBody reader) {
        if (exchange != current || state != State.BUSY || reply.isStarted()) {
            Http1Body.fail(
                    reader,
                    RequestBodyException.Reason.CUT,
                    "The exchange ended before its body was read.");
            return;
        }
        body.open();
        bodyWanted(exchange);
    }

    /// The reader caught up.
    void bodyWanted(Http1Exchange exchange) {
        if (exchange != current || body.isEnded() || state != State.BUSY) {
            return;
        }
        body.await();
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

    void send(Http1Exchange exchange, HttpReply answer) {
        if (exchange != current || state != State.BUSY) {
            ReplyPlan.release(answer.body());
            return;
        }
        exchange.plan(
                answer,
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
        reply.write(exchange, plan, chunked, closeAfterReply);
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
        ByteBuf out = channel.alloc().directBuffer(512);
        WebSocketHandshake.write(out, exchange.head());
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

    void send(Http1Exchange exchange, PreparedReply answer) {
        if (exchange != current || state != State.BUSY) {
            return;
        }
        RequestHead head = exchange.head();
        if (!PreparedReply.isFor(head)) {
            send(exchange, answer.toReply());
            return;
        }
        PreparedReply.Rendered rendered = answer.rendered(head);
        begin(200, false);
        reply.write(exchange, rendered, closeAfterReply);
    }

    /// Decides how the connection goes on.
    private void begin(int status, boolean closeDelimited) {
        reply.begin(status);
        Http1Exchange exchange = current;
        closeAfterReply |=
                closeDelimited
                        || body.isHopeless(exchange == null ? null : exchange.head())
                        || listener.isDraining()
                        || (exchange != null && exchange.endsConnection());
    }

    /// @param failure why the body could not be sent whole
    private void replyFinished(@Nullable Throwable failure) {
        if (current == null) {
            return;
        }
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
        account(reply.status());
        if (state != State.BUSY) {
            return;
        }
        if (closeAfterReply) {
            closeGently();
        } else if (body.isEnded()) {
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
        exchange.over(status, reply.bytes());
    }

    // --- the end ------------------------------------------------------------------------------

    /// Closes so that the client can read our last reply: with its bytes still unread in the
    /// kernel, a close would reset the connection and the reply with it.
    private void closeGently() {
        if (body.isEnded() || tls) {
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
        reply.goOn();
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
        Http1Body.fail(
                exchange.body(),
                RequestBodyException.Reason.CUT,
                "The connection closed in the middle of the body.");
        if (!reply.abort(new ClosedChannelException())) {
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
        ReplyHead.writeTimeout(out);
        lastWrite(out);
    }

    private void sweepBody(long nowNs) {
        if (body.isTooSlow(current == null ? null : current.body(), nowNs)) {
            listener.metrics().timeout();
            closeAfterReply = true;
        }
    }

    /// A reply is stalled when the socket took nothing although something waits for it.
    private void sweepReply(long nowNs) {
        if (reply.stalledNs(nowNs) > listener.limits().writeStallTime().toNanos()) {
            listener.metrics().timeout();
            LOG.info(
                    "connection of {} closed: it took nothing of its reply for {} s",
                    peer,
                    listener.limits().writeStallTime().toSeconds());
            close();
        }
    }
}
