package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;

/// One HTTP/2 connection, RFC 9113: Netty's connection API below, one {@link Http2Exchange} a
/// stream above. All streams get the same share of the connection; priorities are read and
/// forgotten. Its event loop only.
final class Http2Session extends Http2EventAdapter
        implements Swept, Http2RemoteFlowController.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    /// Of a request's body that nobody has taken yet: for a stream, for the connection.
    private static final int STREAM_WINDOW_BYTES = 256 << 10;

    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;

    /// Streams up to which each may have a large piece in hand.
    private static final int FEW_STREAMS = 4;

    private static final int LARGE_PIECE_BYTES = 64 << 10;
    private static final int SMALL_PIECE_BYTES = 16 << 10;

    private static final long LINGER_TIME_NS = TimeUnit.SECONDS.toNanos(1);

    private final ListenerState listener;
    private final LoopSweep sweep;
    private final Channel channel;
    private final Client client;
    private final Http2Connection connection;
    private final Http2Connection.PropertyKey exchangeKey;
    private final Http2SessionHandler handler;
    private final Http2ConnectionEncoder encoder;
    private final FrameBudget settings;
    private final FrameBudget pings;
    private final StallWatch stall;

    /// Exchanges that are not over.
    private final ArrayList<Http2Exchange> exchanges = new ArrayList<>();

    private @Nullable ChannelHandlerContext context;
    private int sweepIndex = -1;

    /// By when the next request must be here while none is under way.
    private long deadlineNs;

    private boolean draining;

    /// The client has said how large a table it keeps: the next header block says so, too, RFC 7541
    /// §4.2, and no other may come before.
    private boolean tableChanges;

    Http2Session(
            ListenerState listener,
            LoopSweep sweep,
            Channel channel,
            Client client,
            long deadlineNs) {
        this.listener = listener;
        this.sweep = sweep;
        this.channel = channel;
        this.client = client;
        this.deadlineNs = deadlineNs;
        this.stall = new StallWatch(channel);
        HttpLimits limits = listener.limits();
        long windowNs = limits.http2().window().toNanos();
        settings = new FrameBudget(limits.http2().controlFrames(), windowNs);
        pings = new FrameBudget(limits.http2().controlFrames(), windowNs);
        connection = new DefaultHttp2Connection(true);
        exchangeKey = connection.newKey();
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(
                                connection, new UniformStreamByteDistributor(connection), this));
        connection.addListener(this);
        handler =
                new Http2SessionHandler.Builder(this, connection, limits, STREAM_WINDOW_BYTES)
                        .build();
        encoder = handler.encoder();
    }

    Http2SessionHandler handler() {
        return handler;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    Channel channel() {
        return channel;
    }

    ListenerState listener() {
        return listener;
    }

    Http2ConnectionEncoder encoder() {
        return encoder;
    }

    /// The handler's context.
    ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("HTTP/2 connection of " + peer() + ": not started");
        }
        return ctx;
    }

    void started(ChannelHandlerContext ctx) {
        context = ctx;
        sweep.add(this);
        try {
            connection
                    .local()
                    .flowController()
                    .incrementWindowSize(
                            connection.connectionStream(),
                            CONNECTION_WINDOW_BYTES
                                    - connection
                                            .local()
                                            .flowController()
                                            .windowSize(connection.connectionStream()));
        } catch (Http2Exception e) {
            throw new IllegalStateException("window of a new connection", e);
        }
    }

    void ended() {
        sweep.remove(this);
    }

    // --- frames -------------------------------------------------------------------------------

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream) {
        onHeadersRead(ctx, streamId, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean endOfStream) {
        Http2Stream stream = connection.stream(streamId);
        if (stream == null) {
            return;
        }
        Http2Exchange known = stream.getProperty(exchangeKey);
        if (known != null) {
            // Trailers: nothing in them is used.
            if (endOfStream) {
                known.bodyEnded();
            }
            return;
        }
        RequestHead head;
        HttpProblem problem = null;
        try {
            head = Http2Heads.request(headers, endOfStream);
        } catch (HttpProblem e) {
            head = Http2Heads.unreadable(headers);
            problem = e;
        }
        var exchange =
                new Http2Exchange(
                        this,
                        stream,
                        head,
                        problem == null
                                ? RequestDispatch.route(listener, head)
                                : RequestDispatch.NO_ROUTE,
                        listener,
                        client,
                        endOfStream);
        stream.setProperty(exchangeKey, exchange);
        exchange.index = exchanges.size();
        exchanges.add(exchange);
        if (problem == null) {
            RequestDispatch.handle(listener, exchange);
        } else {
            exchange.fail(problem);
        }
    }

    @Override
    public int onDataRead(
            ChannelHandlerContext ctx,
            int streamId,
            ByteBuf data,
            int padding,
            boolean endOfStream) {
        Http2Stream stream = connection.stream(streamId);
        Http2Exchange exchange = stream == null ? null : stream.getProperty(exchangeKey);
        int size = data.readableBytes();
        int taken = exchange == null ? size : exchange.bodyArrived(data);
        if (exchange != null && endOfStream) {
            exchange.bodyEnded();
        }
        return taken + padding;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        Http2Exchange exchange = stream.getProperty(exchangeKey);
        if (exchange != null) {
            exchange.streamClosed();
        }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings received)
            throws Http2Exception {
        tableChanges |= received.headerTableSize() != null;
        check(settings, "SETTINGS");
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
        check(settings, "SETTINGS");
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        check(pings, "PING");
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        check(pings, "PING");
    }

    private void check(FrameBudget budget, String kind) throws Http2Exception {
        if (!budget.take()) {
            listener.metrics().flooded();
            throw Http2Exception.connectionError(
                    Http2Error.ENHANCE_YOUR_CALM,
                    "more than %d %s frames in %d s",
                    listener.limits().http2().controlFrames(),
                    kind,
                    listener.limits().http2().window().toSeconds());
        }
    }

    @Override
    public void writabilityChanged(Http2Stream stream) {
        Http2Exchange exchange = stream.getProperty(exchangeKey);
        if (exchange != null) {
            exchange.writabilityChanged();
        }
    }

    // --- for the exchanges --------------------------------------------------------------------

    /// What is worth reading at once for one stream: with many streams less, so that a client that
    /// opens all it may and reads none costs no more than a few of them.
    int pieceBytes(Http2Stream stream) {
        int most = exchanges.size() <= FEW_STREAMS ? LARGE_PIECE_BYTES : SMALL_PIECE_BYTES;
        return Math.clamp(encoder.flowController().windowSize(stream), SMALL_PIECE_BYTES, most);
    }

    ChannelFuture writeHeaders(Http2Stream stream, Http2Headers fields, boolean end) {
        tableChanges = false;
        return encoder.writeHeaders(context(), stream.id(), fields, 0, end, channel.newPromise());
    }

    /// Whether a reply with so long a body can be written by {@link #writeReady} without waiting
    /// for a window: its head would wait with it.
    boolean takesNow(Http2Stream stream, int bytes) {
        Http2RemoteFlowController flow = encoder.flowController();
        return !tableChanges
                && bytes <= flow.windowSize(stream)
                && bytes <= flow.windowSize(connection.connectionStream());
    }

    /// Writes a whole reply.
    ///
    /// @param block its head, for any state of the table
    /// @param bytes its body, from `position` to the end: one frame
    /// @param written told when it is with the socket
    void writeReady(
            Http2Stream stream,
            byte[] block,
            byte[] bytes,
            int position,
            ChannelFutureListener written) {
        ChannelPromise promise = channel.newPromise();
        promise.addListener(written);
        encoder.flowController()
                .addFlowControlled(
                        stream,
                        new Http2ReadyReply(
                                context(), handler, stream, block, bytes, position, promise));
        handler.flushSoon();
    }

    /// The reader took this much of a body.
    void consumed(Http2Stream stream, int bytes) {
        try {
            if (connection.local().flowController().consumeBytes(stream, bytes)) {
                handler.flushSoon();
            }
        } catch (Http2Exception e) {
            handler.onError(context(), true, e);
        }
    }

    void reset(Http2Stream stream, Http2Error error) {
        handler.resetStream(context(), stream.id(), error.code(), channel.newPromise());
        handler.flushSoon();
    }

    /// An exchange is over.
    void over(Http2Exchange exchange) {
        Http2Exchange last = exchanges.removeLast();
        if (last != exchange) {
            exchanges.set(exchange.index, last);
            last.index = exchange.index;
        }
        if (exchanges.isEmpty()) {
            deadlineNs =
                    System.nanoTime()
                            + (draining
                                    ? LINGER_TIME_NS
                                    : listener.limits().keepAliveTime().toNanos());
        }
        if (listener.isDraining() || exchange.endsConnection()) {
            drain();
        }
    }

    // --- the end ------------------------------------------------------------------------------

    /// GOAWAY now. When its streams have ended the client closes; if it does not, we do after a
    /// while: at once would reset what it still has to read, as it may be writing.
    @Override
    public void drain() {
        if (!draining) {
            draining = true;
            handler.goAway(
                    context(),
                    connection.remote().lastStreamCreated(),
                    Http2Error.NO_ERROR.code(),
                    Unpooled.EMPTY_BUFFER,
                    channel.newPromise());
            handler.flushSoon();
            if (exchanges.isEmpty()) {
                deadlineNs = System.nanoTime() + LINGER_TIME_NS;
            }
        }
    }

    @Override
    public void abort() {
        // From the handler's own place: it would wait for the streams.
        context().close();
    }

    @Override
    public void sweep(long nowNs) {
        long patienceNs = listener.limits().writeStallTime().toNanos();
        if (exchanges.isEmpty()) {
            if (nowNs - deadlineNs > 0) {
                if (draining) {
                    abort();
                } else {
                    drain();
                }
            }
            return;
        }
        if (stall.stalledNs(nowNs) > patienceNs) {
            listener.metrics().timeout();
            LOG.info(
                    "connection of {} closed: it took nothing of its replies for {} s",
                    peer(),
                    listener.limits().writeStallTime().toSeconds());
            abort();
            return;
        }
        for (int i = exchanges.size() - 1; i >= 0; i--) {
            if (i < exchanges.size()) {
                exchanges.get(i).sweep(nowNs);
            }
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

    InetSocketAddress peer() {
        return client.address();
    }
}
