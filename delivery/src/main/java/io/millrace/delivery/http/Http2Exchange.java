package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.function.Function;

/// One stream of an HTTP/2 connection: a request, its reply, and the sink that the reply's body
/// goes to. A body is handed over no further than the stream's window and the socket take it, one
/// piece at most beyond. Its event loop only, but for what {@link HttpExchange} and {@link
/// BodySink} say.
final class Http2Exchange extends BaseExchange implements BodySink {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    /// Up to here the body is written at once.
    private static final int ONE_FRAME_BYTES = 16 << 10;

    private final Http2Session session;
    private final Http2Stream stream;
    private final ListenerState listener;
    private final ChannelFutureListener onWritten = this::written;

    /// Made with the head when a body follows: bytes may come before a reader does.
    private final @Nullable RequestBody body;

    /// Place among the session's exchanges; the session's.
    int index;

    private boolean opened;
    private boolean bodyEnded;
    private boolean bodyRefused;
    private long bodyBytes;

    /// Received, and not given back to the stream's window yet.
    private int unconsumed;

    private long rateBytes;
    private long rateSinceNs = System.nanoTime();

    private boolean replyStarted;
    private boolean replyDone;
    private int replyStatus;
    private long replyBytes;

    /// Of the body that is not handed over; -1 when its end is not known.
    private long left;

    private boolean endSent;
    private boolean closed;
    private int pendingWrites;
    private long progressNs;
    private @Nullable PartsSender parts;
    private @Nullable StreamSender sender;
    private volatile boolean writable = true;

    Http2Exchange(
            Http2Session session,
            Http2Stream stream,
            RequestHead head,
            HttpRouter.Route route,
            ListenerState listener,
            Client client,
            boolean endOfStream) {
        super(head, route, listener, client);
        this.session = session;
        this.stream = stream;
        this.listener = listener;
        this.bodyEnded = endOfStream;
        this.body = endOfStream ? null : new RequestBody(() -> onLoop(this::goOn, () -> {}));
    }

    @Override
    public EventLoop loop() {
        return session.loop();
    }

    // --- the request's body -------------------------------------------------------------------

    @Override
    @Nullable RequestBody body() {
        return body;
    }

    @Override
    public InputStream bodyStream() {
        RequestBody stream = body;
        if (stream == null) {
            return InputStream.nullInputStream();
        }
        onLoop(
                this::open,
                () ->
                        stream.fail(
                                new RequestBodyException(
                                        RequestBodyException.Reason.CUT, "The server stopped.")));
        return stream;
    }

    private void open() {
        if (opened) {
            return;
        }
        opened = true;
        if (head().expectsContinue() && !replyStarted && !closed) {
            session.writeHeaders(stream, Http2Heads.goOn(), false);
            session.handler().flushSoon();
        }
        goOn();
    }

    /// The reader wants more: the window opens again.
    private void goOn() {
        rateBytes = 0;
        rateSinceNs = System.nanoTime();
        int bytes = unconsumed;
        if (bytes > 0 && !closed) {
            unconsumed = 0;
            session.consumed(stream, bytes);
        }
    }

    /// Bytes of the body, borrowed.
    ///
    /// @return how many of them the window gets back at once
    int bodyArrived(ByteBuf data) {
        int size = data.readableBytes();
        bodyBytes += size;
        rateBytes += size;
        RequestBody target = body;
        if (target == null || bodyRefused || replyDone) {
            return size;
        }
        if (bodyBytes > route().maxBodyBytes()) {
            bodyRefused = true;
            target.fail(
                    new RequestBodyException(
                            RequestBodyException.Reason.TOO_LARGE,
                            RequestDispatch.tooLarge(route())));
            return size;
        }
        boolean heldBack = target.offer(data.retain());
        if (!heldBack && opened) {
            return size;
        }
        unconsumed += size;
        return 0;
    }

    void bodyEnded() {
        bodyEnded = true;
        if (body != null) {
            body.end();
        }
    }

    // --- the reply ----------------------------------------------------------------------------

    @Override
    void send(HttpReply reply) {
        onLoop(() -> sendNow(reply), () -> ReplyPlan.release(reply.body()));
    }

    @Override
    void switchTo(WebSocketOptions options, Function<WebSocket, WebSocketHandler> open) {
        // RFC 8441 is not offered: browsers open a connection of HTTP/1.1 for a WebSocket then.
        throw new IllegalStateException("a WebSocket over HTTP/2");
    }

    @Override
    void send(PreparedReply reply) {
        onLoop(() -> sendNow(reply), () -> {});
    }

    private void sendNow(HttpReply reply) {
        if (closed) {
            ReplyPlan.release(reply.body());
            return;
        }
        plan(reply, this::write);
    }

    private void sendNow(PreparedReply reply) {
        if (closed) {
            return;
        }
        if (!PreparedReply.isFor(head())) {
            sendNow(reply.toReply());
            return;
        }
        PreparedReply.Rendered rendered = reply.rendered(head());
        int size = rendered.bodyBytes();
        String id = requestIdIfKnown();
        if (id == null && size > 0 && size <= ONE_FRAME_BYTES && session.takesNow(stream, size)) {
            started(200, true);
            replyBytes = size;
            pendingWrites++;
            session.writeReady(
                    stream,
                    rendered.http2Head().block(),
                    rendered.bytes(),
                    rendered.headBytes(),
                    this::lastWritten);
            return;
        }
        begin(
                200,
                id == null
                        ? rendered.http2Head().fields()
                        : Http2Heads.reply(rendered.fields(), HttpDates.nowAscii(), size, id),
                size == 0);
        if (size > 0) {
            sendBytes(Unpooled.wrappedBuffer(rendered.bytes(), rendered.headBytes(), size));
        }
    }

    private void write(@Nullable ReplyPlan plan) {
        if (plan == null) {
            session.reset(stream, Http2Error.INTERNAL_ERROR);
            return;
        }
        HttpBody content = plan.body() == null ? HttpBody.Empty.INSTANCE : plan.body();
        if (closed) {
            ReplyPlan.release(content);
            return;
        }
        Http2Headers fields = Http2Heads.reply(plan, plan.sizeBytes(), requestId());
        long size = ReplyPlan.size(content);
        if (size == 0) {
            begin(plan.status(), fields, true);
            ReplyPlan.release(content);
            return;
        }
        begin(plan.status(), fields, false);
        switch (content) {
            case HttpBody.Empty _ -> {}
            case HttpBody.Bytes(byte[] bytes) -> sendBytes(Unpooled.wrappedBuffer(bytes));
            case HttpBody.Buffer(ByteBuf buffer) -> sendBytes(buffer);
            case HttpBody.Parts whole -> sendParts(whole);
            case HttpBody.Stream(HttpBody.StreamProducer producer) -> sendStream(producer);
        }
    }

    private void started(int status, boolean end) {
        replyStarted = true;
        replyStatus = status;
        progressNs = System.nanoTime();
        endSent = end;
    }

    private void begin(int status, Http2Headers fields, boolean end) {
        started(status, end);
        ChannelFuture written = session.writeHeaders(stream, fields, end);
        if (end) {
            pendingWrites++;
            written.addListener(onWritten);
            written.addListener(f -> replyFinished(f.cause()));
        }
        if (end) {
            session.handler().flushSoon();
        }
    }

    /// Takes `bytes` over.
    private void sendBytes(ByteBuf bytes) {
        int size = bytes.readableBytes();
        if (size > ONE_FRAME_BYTES) {
            sendParts(new HttpBody.Parts(List.of(new HttpBody.BufferPart(bytes)), size, () -> {}));
            return;
        }
        replyBytes = size;
        left = size;
        write(bytes, this::lastWritten);
        flush();
    }

    private void sendParts(HttpBody.Parts whole) {
        replyBytes = whole.sizeBytes();
        left = whole.sizeBytes();
        var pump =
                new PartsSender(this, null, whole, false, listener.executor(), this::replyFinished);
        parts = pump;
        pump.pump();
        if (parts != null && !replyDone) {
            flush();
        }
    }

    private void sendStream(HttpBody.StreamProducer producer) {
        left = -1;
        flush();
        var pump = new StreamSender(this, false, this::streamEnded);
        sender = pump;
        try {
            producer.start(pump);
        } catch (Throwable t) {
            pump.abort(t);
        }
    }

    private void streamEnded(@Nullable Throwable failure) {
        if (sender != null) {
            replyBytes = sender.sentBytes();
        }
        if (failure != null || closed) {
            replyFinished(failure);
            return;
        }
        left = 0;
        write(Unpooled.EMPTY_BUFFER, this::lastWritten);
        flush();
    }

    /// @param failure why the reply could not be sent whole
    private void replyFinished(@Nullable Throwable failure) {
        if (replyDone) {
            return;
        }
        replyDone = true;
        parts = null;
        sender = null;
        if (failure == null) {
            over(replyStatus, replyBytes);
            if (!bodyEnded && !closed) {
                // The rest of the body is not wanted, RFC 9113 §8.1.
                session.reset(stream, Http2Error.NO_ERROR);
            }
        } else {
            // What waits to be written fails before the stream's end is told.
            if (!closed && stream.state() != Http2Stream.State.CLOSED) {
                LOG.warn(
                        "request {} {} broke off: {}",
                        requestId(),
                        route().name(),
                        failure.toString());
                session.reset(stream, Http2Error.INTERNAL_ERROR);
            }
            over(0, replyBytes);
        }
        session.over(this);
    }

    // --- the sink -----------------------------------------------------------------------------

    @Override
    public boolean isWritable() {
        return loop().inEventLoop()
                ? !closed && session.encoder().flowController().isWritable(stream)
                : writable;
    }

    @Override
    public int pieceBytes() {
        return closed ? ONE_FRAME_BYTES : session.pieceBytes(stream);
    }

    @Override
    public ChannelFuture write(Object piece) {
        return write((ByteBuf) piece, onWritten);
    }

    /// @param then told of its end; counts it
    private ChannelFuture write(ByteBuf bytes, ChannelFutureListener then) {
        pendingWrites++;
        if (closed) {
            bytes.release();
            return session.channel()
                    .newFailedFuture(new ClosedChannelException())
                    .addListener(then);
        }
        if (left > 0) {
            left -= bytes.readableBytes();
        }
        endSent = left == 0;
        ChannelFuture written =
                session.encoder()
                        .writeData(
                                session.context(),
                                stream.id(),
                                bytes,
                                0,
                                endSent,
                                session.channel().newPromise());
        written.addListener(then);
        writable = isWritable();
        return written;
    }

    private void written(ChannelFuture future) {
        pendingWrites--;
        progressNs = System.nanoTime();
    }

    private void lastWritten(ChannelFuture future) {
        written(future);
        replyFinished(future.cause());
    }

    @Override
    public void flush() {
        session.handler().flushSoon();
    }

    @Override
    public void limitUnsent(int bytes) {
        EventLoops.limitUnsent(session.channel(), bytes);
    }

    @Override
    public EventLoop eventLoop() {
        return session.loop();
    }

    @Override
    public ByteBufAllocator alloc() {
        return session.channel().alloc();
    }

    void writabilityChanged() {
        boolean now = isWritable();
        writable = now;
        if (!now) {
            return;
        }
        if (parts != null) {
            parts.pump();
        }
        if (sender != null) {
            sender.wake();
        }
    }

    // --- the end ------------------------------------------------------------------------------

    /// Both sides are done, or one of them broke the stream off.
    void streamClosed() {
        if (closed) {
            return;
        }
        closed = true;
        writable = false;
        if (replyDone) {
            return;
        }
        var gone = new ClosedChannelException();
        if (body != null) {
            body.fail(
                    new RequestBodyException(
                            RequestBodyException.Reason.CUT,
                            "The stream was closed in the middle of the body."));
        }
        if (endSent) {
            // The last write's promise says whether it arrived.
            return;
        }
        if (parts != null) {
            parts.abort(gone);
        } else if (sender != null) {
            sender.end(gone);
        } else {
            replyBytes = 0;
            replyFinished(gone);
        }
    }

    /// Looks at the deadlines of what is under way.
    void sweep(long nowNs) {
        sweepBody(nowNs);
        if (pendingWrites > 0
                && !closed
                && nowNs - progressNs > listener.limits().writeStallTime().toNanos()) {
            listener.metrics().timeout();
            LOG.info(
                    "request {} of {} reset: nothing of its reply was taken for {} s",
                    requestId(),
                    session.peer(),
                    listener.limits().writeStallTime().toSeconds());
            session.reset(stream, Http2Error.CANCEL);
        }
    }

    private void sweepBody(long nowNs) {
        HttpLimits limits = listener.limits();
        if (body == null || bodyEnded || bodyRefused || limits.bodyBytesPerSecond() == 0) {
            return;
        }
        if (!opened || body.isHeldBack()) {
            rateBytes = 0;
            rateSinceNs = nowNs;
            return;
        }
        long elapsedNs = nowNs - rateSinceNs;
        if (elapsedNs < limits.bodyRateWindow().toNanos()) {
            return;
        }
        if (rateBytes < limits.bodyBytesPerSecond() * (elapsedNs / 1e9)) {
            listener.metrics().timeout();
            bodyRefused = true;
            body.fail(
                    new RequestBodyException(
                            RequestBodyException.Reason.TOO_SLOW,
                            "The body came slower than "
                                    + limits.bodyBytesPerSecond()
                                    + " bytes a second."));
        }
        rateBytes = 0;
        rateSinceNs = nowNs;
    }
}
