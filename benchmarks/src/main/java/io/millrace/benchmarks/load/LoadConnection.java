package io.millrace.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One keep-alive connection that asks, and counts and drops what it gets; paced, it reads only as
/// fast as it plays. Replies must have a Content-Length. Its event loop's, but for what waits.
final class LoadConnection extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<ChannelHandlerContext> connected = new CompletableFuture<>();
    private volatile CompletableFuture<Integer> reply = new CompletableFuture<>();
    private volatile long lastReplyNs;
    private volatile boolean open;
    private final StringBuilder head = new StringBuilder();
    private int status;
    private long bodyLeft = -1;

    private @Nullable List<String> paths;
    private int nextPath;
    private @Nullable Playback playback;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        open = true;
        connected.complete(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        open = false;
        var gone = new IOException("closed by the server");
        connected.completeExceptionally(gone);
        reply.completeExceptionally(gone);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    void awaitConnected(int seconds)
            throws InterruptedException, ExecutionException, TimeoutException {
        connected.get(seconds, TimeUnit.SECONDS);
    }

    boolean isOpen() {
        return open;
    }

    /// Asks; the answer is awaited by {@link #awaitReply}.
    void get(String path) {
        reply = new CompletableFuture<>();
        connected.join().channel().writeAndFlush(request(path));
    }

    private static ByteBuf request(String path) {
        return Unpooled.copiedBuffer(
                "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n", StandardCharsets.US_ASCII);
    }

    /// @return the status once the reply is whole, 0 when there is none
    int awaitReply(int seconds) throws InterruptedException {
        try {
            return reply.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException _) {
            return 0;
        }
    }

    long lastReplyNs() {
        return lastReplyNs;
    }

    /// Asks for one path after the other, from the n-th on, and reads so many bytes a second. On
    /// its event loop.
    Playback play(List<String> all, int first, long rate) {
        ChannelHandlerContext ctx = connected.join();
        var play = new Playback(rate);
        paths = all;
        nextPath = first;
        playback = play;
        askNext(ctx);
        return play;
    }

    private void askNext(ChannelHandlerContext ctx) {
        if (paths != null) {
            ctx.writeAndFlush(request(paths.get(nextPath++ % paths.size())));
        }
    }

    /// Reads on when it is time to. On its event loop.
    void tick() {
        Playback play = playback;
        if (play != null && open) {
            play.look();
            if (!play.isAhead()) {
                connected.join().channel().config().setAutoRead(true);
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            read(ctx, in);
        } finally {
            in.release();
        }
        Playback play = playback;
        if (play != null && play.isAhead()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) {
        while (in.isReadable()) {
            if (bodyLeft < 0) {
                head.append((char) in.readUnsignedByte());
                int length = head.length();
                if (length < 4 || !head.substring(length - 4).equals("\r\n\r\n")) {
                    continue;
                }
                String text = head.toString();
                head.setLength(0);
                status = Integer.parseInt(text.substring(9, 12));
                bodyLeft = contentLength(text);
            }
            int take = (int) Math.min(bodyLeft, in.readableBytes());
            in.skipBytes(take);
            bodyLeft -= take;
            if (playback != null) {
                playback.got(take);
            }
            if (bodyLeft == 0) {
                bodyLeft = -1;
                lastReplyNs = System.nanoTime();
                reply.complete(status);
                askNext(ctx);
            }
        }
    }

    private static long contentLength(String text) {
        int at = text.indexOf("Content-Length: ");
        int end = text.indexOf('\r', at);
        return at < 0 ? 0 : Long.parseLong(text.substring(at + 16, end));
    }
}
