package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

/// Where the bytes of one reply's body go: an HTTP/1.1 connection, or a stream of an HTTP/2 one.
/// Its event loop only, but for {@link #eventLoop}, {@link #alloc} and {@link #isWritable}.
interface BodySink {
    /// Whether the client keeps up, so that more may be written.
    boolean isWritable();

    /// How much is worth making ready for one write; between writes it may change.
    int pieceBytes();

    /// Hands bytes over without flushing.
    ///
    /// @param piece a {@link ByteBuf}, or (where the sender was told so) a file region; taken over
    /// @return done when the bytes are in the socket
    ChannelFuture write(Object piece);

    /// {@link #write} of what more of the same body follows.
    ///
    /// @return null when a failure closes the connection anyway, so that nobody need wait for it
    default @Nullable ChannelFuture writeMore(Object piece) {
        return write(piece);
    }

    /// A way past the channel's queue, for a sink that is a plain socket with nothing queued; null
    /// where there is none, and now. Good until anything is written.
    default @Nullable SocketGather gather() {
        return null;
    }

    void flush();

    EventLoop eventLoop();

    ByteBufAllocator alloc();

    /// See {@link BodyWriter#limitUnsent}.
    void limitUnsent(int bytes);

    /// A whole connection for one reply, as HTTP/1.1 has it.
    record OfChannel(Channel channel) implements BodySink {
        private static final int PIECE_BYTES = 64 << 10;

        @Override
        public boolean isWritable() {
            return channel.isWritable();
        }

        @Override
        public int pieceBytes() {
            return PIECE_BYTES;
        }

        @Override
        public ChannelFuture write(Object piece) {
            return channel.write(piece);
        }

        @Override
        public @Nullable ChannelFuture writeMore(Object piece) {
            channel.write(piece, channel.voidPromise());
            return null;
        }

        @Override
        public @Nullable SocketGather gather() {
            return SocketGather.of(channel);
        }

        @Override
        public void flush() {
            channel.flush();
        }

        @Override
        public void limitUnsent(int bytes) {
            EventLoops.limitUnsent(channel, bytes);
        }

        @Override
        public EventLoop eventLoop() {
            return channel.eventLoop();
        }

        @Override
        public ByteBufAllocator alloc() {
            return channel.alloc();
        }
    }
}
