package io.millrace.delivery.http;

import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/// What an exchange is whatever the protocol's version: the parts of its head, its id, the mapping
/// of failures to replies.
abstract class BaseExchange implements HttpExchange {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final int MAX_REQUEST_ID = 128;
    private static final String ID_PREFIX =
            Long.toUnsignedString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE, 36)
                            .substring(0, 7)
                    + '-';
    private static final AtomicLong NEXT_ID = new AtomicLong();

    private final RequestHead head;
    private final HttpRouter.Route route;
    private final ListenerState listener;
    private final Client client;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile @Nullable QueryParameters query;
    private volatile @Nullable String requestId;
    private final long startedNs = System.nanoTime();

    /// The event loop's only.
    private @Nullable List<Runnable> onClose;

    private boolean over;
    private boolean admitted;
    private boolean endsConnection;
    private volatile boolean cached;
    private volatile boolean forOneClient;

    BaseExchange(RequestHead head, HttpRouter.Route route, ListenerState listener, Client client) {
        this.head = head;
        this.route = route;
        this.listener = listener;
        this.client = client;
    }

    /// Puts the reply on the wire; called once, from any thread.
    abstract void send(HttpReply reply);

    abstract void send(PreparedReply reply);

    @Override
    public abstract EventLoop loop();

    /// The body being read, when one is.
    abstract @Nullable RequestBody body();

    Client client() {
        return client;
    }

    /// Counted by {@link Admission}.
    void admitted() {
        admitted = true;
    }

    /// The connection is not kept after this exchange.
    void endConnection() {
        endsConnection = true;
    }

    boolean endsConnection() {
        return endsConnection;
    }

    RequestHead head() {
        return head;
    }

    HttpRouter.Route route() {
        return route;
    }

    boolean isAnswered() {
        return answered.get();
    }

    @Override
    public String method() {
        return head.method();
    }

    @Override
    public String path() {
        return head.path();
    }

    @Override
    public String pathBelowRoute() {
        return head.path().substring(route.prefix().length());
    }

    @Override
    public String rawPath() {
        return head.rawPath();
    }

    @Override
    public String rawQuery() {
        return head.rawQuery();
    }

    @Override
    public QueryParameters query() throws HttpProblem {
        QueryParameters parsed = query;
        if (parsed == null) {
            parsed = QueryParameters.parse(head.rawQuery());
            query = parsed;
        }
        return parsed;
    }

    @Override
    public @Nullable String header(String name) {
        return head.headers().get(name);
    }

    @Override
    public List<String> headers(String name) {
        return head.headers().getAll(name);
    }

    @Override
    public boolean hasTag(String etag) {
        String wanted = header("If-None-Match");
        return wanted != null
                && header("If-Match") == null
                && header("If-Unmodified-Since") == null
                && Conditions.matches(wanted, '"' + etag + '"', false);
    }

    @Override
    public InetSocketAddress remoteAddress() {
        String forwarded = fromTrustedProxy() ? header("X-Forwarded-For") : null;
        if (forwarded != null) {
            String last = forwarded.substring(forwarded.lastIndexOf(',') + 1).trim();
            try {
                return new InetSocketAddress(InetAddress.ofLiteral(last), 0);
            } catch (IllegalArgumentException _) {
                // Not an address: the proxy's own is the best we have.
            }
        }
        return client.address();
    }

    @Override
    public boolean secure() {
        return client.tls()
                || (fromTrustedProxy() && "https".equalsIgnoreCase(header("X-Forwarded-Proto")));
    }

    private boolean fromTrustedProxy() {
        var trusted = listener.options().trustedProxies();
        return !trusted.isEmpty() && trusted.contains(client.address().getAddress());
    }

    @Override
    public String baseUrl() {
        String authority = head.authority();
        if (authority.isEmpty()) {
            authority = listener.localAuthority();
        }
        return (secure() ? "https://" : "http://") + authority;
    }

    @Override
    public String requestId() {
        String id = requestId;
        if (id == null) {
            id = givenRequestId();
            if (id == null) {
                id = ID_PREFIX + Long.toString(NEXT_ID.incrementAndGet(), 36);
            }
            requestId = id;
        }
        return id;
    }

    /// The client's id when it sent a sane one.
    private @Nullable String givenRequestId() {
        String given = head.headers().get("X-Request-Id");
        if (given == null || given.isEmpty() || given.length() > MAX_REQUEST_ID) {
            return null;
        }
        for (int i = 0; i < given.length(); i++) {
            char c = given.charAt(i);
            if (c <= ' ' || c >= 0x7F) {
                return null;
            }
        }
        return given;
    }

    /// The id if somebody asked for it or the client sent one: hot replies go without.
    @Nullable String requestIdIfKnown() {
        return requestId != null || head.headers().contains("X-Request-Id") ? requestId() : null;
    }

    @Override
    public long contentLength() {
        return head.contentLength();
    }

    @Override
    public Executor executor() {
        return listener.executor();
    }

    @Override
    public void blocking(BlockingHandler handler) {
        try {
            listener.executor()
                    .execute(
                            () -> {
                                try {
                                    reply(handler.handle(this));
                                } catch (Throwable t) {
                                    fail(t);
                                }
                            });
        } catch (RejectedExecutionException _) {
            reply(HttpReply.text(503, "The server is stopping."));
        }
    }

    @Override
    public void keepFromSharedCaches() {
        forOneClient = true;
    }

    @Override
    public void reply(HttpReply reply) {
        if (!answered.compareAndSet(false, true)) {
            ReplyPlan.release(reply.body());
            throw new IllegalStateException("exchange " + requestId() + ": answered twice");
        }
        cached = reply.isFromCache();
        send(forOneClient ? reply.forOneClient() : reply);
    }

    @Override
    public void reply(PreparedReply reply) {
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("exchange " + requestId() + ": answered twice");
        }
        cached = true;
        send(forOneClient ? reply.forOneClient() : reply);
    }

    @Override
    public boolean wantsWebSocket() {
        return WebSocketHandshake.isWanted(head);
    }

    @Override
    public void upgrade(WebSocketOptions options, Function<WebSocket, WebSocketHandler> open) {
        HttpReply refusal = WebSocketHandshake.refusal(head);
        if (refusal != null) {
            reply(refusal.cacheControl("no-store"));
            return;
        }
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("exchange " + requestId() + ": answered twice");
        }
        switchTo(options, open);
    }

    /// Makes the connection a WebSocket; the handshake has been checked.
    abstract void switchTo(WebSocketOptions options, Function<WebSocket, WebSocketHandler> open);

    @Override
    public void fail(Throwable cause) {
        if (!answered.compareAndSet(false, true)) {
            LOG.error("request {} {} failed after its reply", requestId(), route.name(), cause);
            return;
        }
        send(replyTo(cause));
    }

    /// Decides what goes out, on the event loop; elsewhere when compressing would hold up the other
    /// connections.
    ///
    /// @param then called on the event loop; null when the reply cannot be planned: a mistake of
    ///   ours, logged here
    void plan(HttpReply reply, Consumer<@Nullable ReplyPlan> then) {
        if (reply.body() instanceof HttpBody.Bytes(byte[] bytes)
                && bytes.length > Compression.MAX_BYTES_ON_LOOP
                && Compression.isCompressible(reply.contentType())
                && Compression.accepts(head.header("Accept-Encoding"))) {
            listener.executor()
                    .execute(
                            () -> {
                                ReplyPlan plan = planned(reply);
                                loop().execute(() -> then.accept(plan));
                            });
        } else {
            then.accept(planned(reply));
        }
    }

    private @Nullable ReplyPlan planned(HttpReply reply) {
        try {
            return ReplyPlan.of(head.method(), head.headers(), reply, listener.limits().ranges());
        } catch (RuntimeException e) {
            ReplyPlan.release(reply.body());
            LOG.error("request {} {} failed", requestId(), route.name(), e);
            return null;
        }
    }

    /// Runs now on the event loop, or there soon.
    ///
    /// @param whenStopped run instead when the loop has stopped
    void onLoop(Runnable action, Runnable whenStopped) {
        EventLoop loop = loop();
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException _) {
            whenStopped.run();
        }
    }

    @Override
    public void onClose(Runnable action) {
        onLoop(
                () -> {
                    if (over) {
                        action.run();
                    } else {
                        if (onClose == null) {
                            onClose = new ArrayList<>(1);
                        }
                        onClose.add(action);
                    }
                },
                action);
    }

    /// The exchange is over: log, metrics, whoever waits for it. Once, on the event loop.
    ///
    /// @param status 0 when the client left before its reply was whole
    void over(int status, long replyBytes) {
        RequestBody body = body();
        if (body != null) {
            body.fail(
                    new RequestBodyException(
                            RequestBodyException.Reason.CUT,
                            "The exchange ended before its body was read."));
            // Also what arrived whole and was never read.
            body.close();
        }
        long durationNs = System.nanoTime() - startedNs;
        listener.metrics().request(route.name(), status, durationNs, replyBytes);
        if (admitted) {
            listener.admission().leave(this);
        }
        AccessLog log = listener.options().accessLog();
        if (log != null) {
            log.add(
                    new AccessEntry(
                            System.currentTimeMillis(),
                            listener.options().name(),
                            remoteAddress().getAddress(),
                            head.method(),
                            head.rawPath(),
                            head.rawQuery(),
                            head.protocol(),
                            status,
                            replyBytes,
                            durationNs,
                            head.header("Referer"),
                            head.header("User-Agent"),
                            requestIdIfKnown(),
                            cached));
        }
        over = true;
        List<Runnable> actions = onClose;
        onClose = null;
        if (actions != null) {
            actions.forEach(Runnable::run);
        }
    }

    private HttpReply replyTo(Throwable cause) {
        return switch (cause) {
            case HttpProblem problem -> HttpReply.text(problem.status(), problem.text());
            case RequestBodyException body ->
                    HttpReply.text(body.reason().status(), String.valueOf(body.getMessage()));
            default -> {
                LOG.error(
                        "request {} {} {} failed",
                        requestId(),
                        head.method(),
                        AccessEntry.maskPath(head.rawPath()),
                        cause);
                yield HttpReply.text(
                        500, "The server failed on this request. Its id is " + requestId() + ".");
            }
        };
    }
}
