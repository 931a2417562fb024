package io.millrace.delivery.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

import java.util.concurrent.TimeUnit;

/// The event loops that all listeners of the process share (HTTP, RTMP): epoll where it is
/// available, NIO elsewhere. Whoever made them closes them, after the listeners. Thread-safe.
///
/// @param group runs the channels
/// @param serverChannel the listener type that fits the group
/// @param channel the client socket type that fits the group
public record EventLoops(
        EventLoopGroup group,
        Class<? extends ServerChannel> serverChannel,
        Class<? extends SocketChannel> channel)
        implements AutoCloseable {

    /// @param threads 0: one for each core
    public static EventLoops start(int threads) {
        return start(threads, Epoll.isAvailable());
    }

    static EventLoops start(int threads, boolean epoll) {
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        var threadFactory = new DefaultThreadFactory("millrace-loop");
        return epoll
                ? new EventLoops(
                        new MultiThreadIoEventLoopGroup(
                                count, threadFactory, EpollIoHandler.newFactory()),
                        EpollServerSocketChannel.class,
                        EpollSocketChannel.class)
                : new EventLoops(
                        new MultiThreadIoEventLoopGroup(
                                count, threadFactory, NioIoHandler.newFactory()),
                        NioServerSocketChannel.class,
                        NioSocketChannel.class);
    }

    /// Bounds what of a connection lies in the kernel unsent: where the system can count just that
    /// (Linux), else by the send buffer, which also bounds what is under way. Does nothing where
    /// the connection is gone. On its event loop.
    public static void limitUnsent(Channel channel, int bytes) {
        try {
            if (!channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) bytes)) {
                channel.config().setOption(ChannelOption.SO_SNDBUF, bytes);
            }
        } catch (ChannelException _) {
            return; // closed meanwhile: whoever writes is told
        }
    }

    /// Stops the threads; waits until they have ended, 10 s at most.
    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
