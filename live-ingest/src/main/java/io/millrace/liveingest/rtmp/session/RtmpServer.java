package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreams;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.GlobalEventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// One RTMP or RTMPS listener. Thread-safe after {@link #start}.
public final class RtmpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RtmpServer.class);
    private static final long TELL_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final RtmpServerOptions options;
    private final EventLoops loops;
    private final PublishAuthorizer authorizer;
    private final LiveStreams streams;
    private final LiveMetrics metrics;
    private final FanOut fanOut;
    private final PlayAccess playAccess;
    private final @Nullable Supplier<SslContext> tls;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    /// How many connections of an address are not used yet.
    private final ConcurrentHashMap<InetAddress, Integer> unused = new ConcurrentHashMap<>();

    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - TELL_EVERY_NANOS);
    private @Nullable Channel listener;

    public RtmpServer(
            RtmpServerOptions options,
            EventLoops loops,
            PublishAuthorizer authorizer,
            LiveStreams streams,
            LiveMetrics metrics,
            FanOut fanOut,
            PlayAccess playAccess,
            @Nullable Supplier<SslContext> tls) {
        this.options = options;
        this.loops = loops;
        this.authorizer = authorizer;
        this.streams = streams;
        this.metrics = metrics;
        this.fanOut = fanOut;
        this.playAccess = playAccess;
        this.tls = tls;
    }

    /// @throws IOException when the address cannot be bound; the message names it and what to do
    public RtmpServer start() throws IOException {
        var bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .channel(loops.serverChannel())
                        .option(ChannelOption.SO_BACKLOG, 1024)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        accept(channel);
                                    }
                                });
        var address = new InetSocketAddress(options.bindAddress(), options.port());
        if (address.isUnresolved()) {
            throw new IOException(
                    name() + " cannot listen on " + options.bindAddress() + ": unknown host");
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    name()
                            + " cannot listen on "
                            + options.bindAddress()
                            + ":"
                            + options.port()
                            + ": "
                            + bound.cause().getMessage()
                            + " (is another program using the port?)",
                    bound.cause());
        }
        listener = bound.channel();
        log.info("{} listens on {}:{}", name(), options.bindAddress(), localPort());
        return this;
    }

    public String name() {
        return tls == null ? "RTMP" : "RTMPS";
    }

    /// The port really bound.
    public int localPort() {
        Channel bound = listener;
        if (bound == null) {
            throw new IllegalStateException(name() + " is not started");
        }
        return ((InetSocketAddress) bound.localAddress()).getPort();
    }

    private void accept(Channel channel) {
        if (connections.size() >= options.maxConnections()) {
            refuse(channel, "no more connections are open to anybody");
            return;
        }
        connections.add(channel);
        InetSocketAddress peer =
                channel.remoteAddress() instanceof InetSocketAddress remote ? remote : null;
        if (peer != null && options.proxyProtocolFrom().contains(peer.getAddress())) {
            channel.pipeline()
                    .addLast(
                            new ProxiedStart(
                                    name(),
                                    peer,
                                    options.handshakeTimeout(),
                                    client -> begin(channel, client)));
        } else {
            begin(channel, peer);
        }
    }

    /// @param client who is at the other end
    private void begin(Channel channel, @Nullable InetSocketAddress client) {
        InetAddress address = client == null ? null : client.getAddress();
        Runnable onUse = () -> {};
        if (address != null) {
            if (unused.merge(address, 1, Integer::sum) > options.maxUnusedPerAddress()) {
                oneLess(address);
                refuse(channel, "too many of " + address.getHostAddress() + " do nothing");
                return;
            }
            var counted = new AtomicBoolean(true);
            onUse =
                    () -> {
                        if (counted.getAndSet(false)) {
                            oneLess(address);
                        }
                    };
            Runnable atLast = onUse;
            channel.closeFuture().addListener(_ -> atLast.run());
        }
        if (tls != null) {
            SslHandler handler = tls.get().newHandler(channel.alloc());
            handler.setHandshakeTimeout(
                    options.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
            channel.pipeline().addLast(handler);
        }
        channel.pipeline()
                .addLast(
                        new RtmpConnection(
                                options,
                                authorizer,
                                streams,
                                metrics,
                                fanOut,
                                playAccess,
                                address,
                                onUse));
    }

    private void oneLess(InetAddress address) {
        unused.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    /// A flood must not fill the log as well.
    private void refuse(Channel channel, String why) {
        metrics.refused("limit");
        channel.close();
        long count = refused.incrementAndGet();
        long told = toldNanos.get();
        long now = System.nanoTime();
        if (now - told >= TELL_EVERY_NANOS && toldNanos.compareAndSet(told, now)) {
            log.warn(
                    "{}: {} closed at accept: {}; {} refused since the start",
                    name(),
                    channel.remoteAddress(),
                    why,
                    count);
        }
    }

    /// Accepts no more connections; those that are open stay.
    public void stopAccepting() {
        Channel bound = listener;
        if (bound != null) {
            bound.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
        }
    }

    /// Waits for connections to end by themselves (their streams were told to), as long as given,
    /// then closes them.
    public void awaitConnections(long millis) {
        connections.newCloseFuture().awaitUninterruptibly(millis, TimeUnit.MILLISECONDS);
        connections.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        stopAccepting();
        awaitConnections(0);
    }
}
