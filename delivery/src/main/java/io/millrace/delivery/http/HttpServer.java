package io.millrace.delivery.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// One listener: accepts connections, ends them when the process stops. Thread-safe.
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final int BACKLOG = 4096;
    private static final Duration ABORT_TIME = Duration.ofSeconds(5);
    private static final UnsentLimit UNSENT = UnsentLimit.ofThisMachine();

    private final HttpServerOptions options;
    private final EventLoops loops;
    private final ListenerState state;
    private final ExecutorService executor;
    private final ConcurrentHashMap<EventLoop, LoopSweep> sweeps = new ConcurrentHashMap<>();
    private final Object allClosed = new Object();
    private volatile @Nullable Channel listening;
    private volatile @Nullable HotTls hotTls;

    /// @param loops shared with other listeners; closed by whoever made them, after this
    public HttpServer(HttpServerOptions options, HttpRouter router, EventLoops loops) {
        this.options = options;
        this.loops = loops;
        this.executor =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name(options.name() + "-", 0).factory());
        this.state = new ListenerState(options, router, executor);
    }

    /// Binds and serves.
    ///
    /// @throws IOException when the address cannot be bound or the certificate not be read; the
    ///   message names address and port and what to do
    public HttpServer start() throws IOException {
        TlsOptions wanted = options.tls();
        HotTls tls =
                wanted == null
                        ? null
                        : HotTls.open(
                                options.name(),
                                wanted,
                                options.http2(),
                                options.tlsCheck(),
                                options.meters());
        hotTls = tls;
        InetAddress address;
        try {
            address = InetAddress.getByName(options.bindAddress());
        } catch (UnknownHostException e) {
            throw new IOException(
                    options.name()
                            + ": the address to listen on, "
                            + options.bindAddress()
                            + ", is unknown on this machine",
                    e);
        }
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loops.group())
                        .channel(loops.serverChannel())
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(32 << 10, 64 << 10))
                        .childHandler(new Connections(tls))
                        .bind(new InetSocketAddress(address, options.port()))
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw notBound(bound.cause());
        }
        listening = bound.channel();
        state.bound(localPort());
        LOG.info("{} listens on {}:{}", options.name(), options.bindAddress(), localPort());
        return this;
    }

    private IOException notBound(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        String where = options.name() + ": port " + options.port() + " on " + options.bindAddress();
        String why;
        if (cause instanceof BindException && text.contains("already in use")
                || text.contains("Address already in use")) {
            why =
                    " is already in use by another program: stop that one (as root, ss -ltnp"
                            + " 'sport = :"
                            + options.port()
                            + "' names it) or choose another port";
        } else if (text.contains("ermission denied")) {
            why = " needs privileges this user does not have (ports below 1024 do)";
        } else if (text.contains("Cannot assign requested address")) {
            why = " cannot be listened on: the address is not one of this machine's";
        } else {
            why = " cannot be listened on: " + text;
        }
        return new IOException(where + why, cause);
    }

    /// The port really bound.
    public int localPort() {
        Channel channel = listening;
        if (channel == null || !(channel.localAddress() instanceof InetSocketAddress address)) {
            throw new IllegalStateException("server " + options.name() + ": not started");
        }
        return address.getPort();
    }

    /// Where virtual threads for this listener's handlers run.
    public ExecutorService executor() {
        return executor;
    }

    /// Open connections, now.
    public int connections() {
        return state.connections().get();
    }

    /// Stops accepting, finishes requests in flight (`Connection: close`), closes idle connections,
    /// and after `patience` the rest. Blocks until done; the second call returns at once.
    public void drain(Duration patience) {
        state.drain();
        Channel channel = listening;
        if (channel != null) {
            channel.close().awaitUninterruptibly();
        }
        onEverySweep(LoopSweep::drain);
        if (!awaitAllClosed(patience)) {
            LOG.info(
                    "{} closes {} connections that did not end in {} s",
                    options.name(),
                    connections(),
                    patience.toSeconds());
            onEverySweep(LoopSweep::abort);
            awaitAllClosed(ABORT_TIME);
        }
        HotTls tls = hotTls;
        if (tls != null) {
            tls.close();
        }
        executor.shutdown();
    }

    private void onEverySweep(java.util.function.Consumer<LoopSweep> action) {
        sweeps.forEach((loop, sweep) -> loop.execute(() -> action.accept(sweep)));
    }

    private boolean awaitAllClosed(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (allClosed) {
            while (connections() > 0) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (leftMs <= 0) {
                    return false;
                }
                try {
                    allClosed.wait(leftMs);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
    }

    /// Drains with no patience.
    @Override
    public void close() {
        drain(Duration.ZERO);
    }

    /// Sets new connections up.
    private final class Connections extends ChannelInitializer<Channel> {
        private final @Nullable HotTls tls;

        Connections(@Nullable HotTls tls) {
            this.tls = tls;
        }

        @Override
        protected void initChannel(Channel channel) {
            int open = state.connections().incrementAndGet();
            channel.closeFuture().addListener(_ -> closed());
            if (open > options.limits().connections()) {
                state.metrics().connectionRefused();
                channel.close();
                return;
            }
            UNSENT.apply(channel, open);
            LoopSweep sweep =
                    sweeps.computeIfAbsent(channel.eventLoop(), loop -> new LoopSweep(loop, state));
            InetSocketAddress peer =
                    channel.remoteAddress() instanceof InetSocketAddress remote
                            ? remote
                            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (options.proxyProtocolFrom().contains(peer.getAddress())) {
                channel.pipeline()
                        .addLast(
                                new ProxiedStart(
                                        state,
                                        sweep,
                                        peer,
                                        client -> begin(channel, sweep, client)));
            } else {
                begin(channel, sweep, peer);
            }
        }

        /// Lets a connection begin whose client is known.
        private void begin(Channel channel, LoopSweep sweep, InetSocketAddress address) {
            AddressLoads.Load load = null;
            if (isLimited(address.getAddress())) {
                AddressLoads.Load opened = state.addresses().open(address.getAddress());
                if (opened == null) {
                    state.metrics().connectionRefused();
                    channel.close();
                    return;
                }
                channel.closeFuture().addListener(_ -> state.addresses().close(opened));
                load = opened;
            }
            if (tls != null) {
                SslHandler handler = tls.context().newHandler(channel.alloc());
                handler.setHandshakeTimeoutMillis(options.limits().handshakeTime().toMillis());
                channel.pipeline().addLast(handler);
            }
            var client = new Client(address, tls != null, load);
            channel.pipeline().addLast(new ConnectionStart(state, sweep, channel, client));
        }

        /// Proxies and this machine speak for many.
        private boolean isLimited(InetAddress address) {
            HttpLimits limits = options.limits();
            return (limits.connectionsPerAddress() > 0 || limits.requestsPerAddress() > 0)
                    && !address.isLoopbackAddress()
                    && !options.trustedProxies().contains(address)
                    && !options.proxyProtocolFrom().contains(address);
        }

        private void closed() {
            if (state.connections().decrementAndGet() == 0) {
                synchronized (allClosed) {
                    allClosed.notifyAll();
                }
            }
        }
    }
}
