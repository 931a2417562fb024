package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Consumer;

/// Writes an HTTP/1.1 connection's replies, one at a time: the head, and the body as the client
/// takes it. Its event loop only.
final class Http1Reply {
    /// Up to here the head and the body leave in one buffer.
    private static final int ONE_BUFFER_BYTES = 16 << 10;

    private final ListenerState listener;
    private final Channel channel;
    private final BodySink sink;
    private final boolean tls;
    private final Consumer<@Nullable Throwable> finished;
    private final StallWatch stall;

    private boolean started;
    private boolean done;
    private boolean more;
    private int status;
    private long bytes;
    private @Nullable PartsSender parts;
    private @Nullable StreamSender stream;

    /// @param finished run once for each reply: with null when it is written, or why it broke off
    Http1Reply(
            ListenerState listener,
            Channel channel,
            boolean tls,
            Consumer<@Nullable Throwable> finished) {
        this.listener = listener;
        this.channel = channel;
        this.sink = new BodySink.OfChannel(channel);
        this.tls = tls;
        this.finished = finished;
        this.stall = new StallWatch(channel);
    }

    /// The next one has not begun.
    void reset() {
        started = false;
        done = false;
    }

    boolean isStarted() {
        return started;
    }

    boolean isDone() {
        return done;
    }

    int status() {
        return status;
    }

    /// Of the body.
    long bytes() {
        return bytes;
    }

    /// Whether more replies may follow before the channel is flushed anyway.
    void moreFollows(boolean value) {
        more = value;
    }

    /// @param newStatus 0: nothing is sent any more
    void begin(int newStatus) {
        started = true;
        status = newStatus;
        bytes = 0;
        stall.restart();
    }

    /// @param close whether the connection ends with it
    void write(Http1Exchange exchange, ReplyPlan plan, boolean chunked, boolean close) {
        HttpBody body = plan.body() == null ? HttpBody.Empty.INSTANCE : plan.body();
        long size = ReplyPlan.size(body);
        boolean together =
                size >= 0 && size <= ONE_BUFFER_BYTES && !(body instanceof HttpBody.Parts);
        ByteBuf out = channel.alloc().directBuffer(1024 + (together ? (int) size : 0));
        ReplyHead.write(out, plan, plan.sizeBytes(), chunked, close, exchange.requestId());
        switch (body) {
            case HttpBody.Empty _ -> writeLast(out, 0);
            case HttpBody.Bytes(byte[] array) when together -> {
                out.writeBytes(array);
                writeLast(out, array.length);
            }
            case HttpBody.Buffer(ByteBuf buffer) when together -> {
                out.writeBytes(buffer);
                buffer.release();
                writeLast(out, (int) size);
            }
            case HttpBody.Bytes(byte[] array) -> sendBuffer(out, Unpooled.wrappedBuffer(array));
            case HttpBody.Buffer(ByteBuf buffer) -> sendBuffer(out, buffer);
            case HttpBody.Parts list -> sendParts(out, list, list.sizeBytes());
            case HttpBody.Stream(HttpBody.StreamProducer producer) ->
                    sendStream(out, producer, chunked);
        }
    }

    void write(Http1Exchange exchange, PreparedReply.Rendered rendered, boolean close) {
        boolean together = rendered.bytes().length <= ONE_BUFFER_BYTES;
        ByteBuf out = channel.alloc().directBuffer(256 + (together ? rendered.bytes().length : 0));
        ReplyHead.writeStart(out, 200);
        if (close) {
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
            ByteBuf rest = Unpooled.wrappedBuffer(rendered.bytes());
            var body =
                    new HttpBody.Parts(
                            List.of(new HttpBody.BufferPart(rest)), rest.readableBytes(), () -> {});
            sendParts(out, body, rendered.bodyBytes());
        }
    }

    private void writeLast(ByteBuf out, int size) {
        bytes = size;
        if (more) {
            // Flushed at the end of this read, with the answers to what else is pipelined.
            channel.write(out, channel.voidPromise());
        } else {
            channel.writeAndFlush(out, channel.voidPromise());
        }
        finish(null);
    }

    private void sendBuffer(ByteBuf head, ByteBuf buffer) {
        int size = buffer.readableBytes();
        sendParts(
                head,
                new HttpBody.Parts(List.of(new HttpBody.BufferPart(buffer)), size, () -> {}),
                size);
    }

    private void sendParts(ByteBuf head, HttpBody.Parts body, long size) {
        bytes = size;
        var sender = new PartsSender(sink, head, body, !tls, listener.executor(), this::finish);
        parts = sender;
        sender.pump();
        if (parts != null && !channel.isWritable()) {
            channel.flush();
        }
    }

    private void sendStream(ByteBuf head, HttpBody.StreamProducer producer, boolean chunked) {
        channel.writeAndFlush(head, channel.voidPromise());
        var sender = new StreamSender(sink, chunked, this::finish);
        stream = sender;
        try {
            producer.start(sender);
        } catch (Throwable t) {
            sender.abort(t);
        }
    }

    private void finish(@Nullable Throwable failure) {
        if (done) {
            return;
        }
        done = true;
        if (stream != null) {
            bytes = stream.sentBytes();
        }
        parts = null;
        stream = null;
        finished.accept(failure);
    }

    /// The client takes bytes again.
    void goOn() {
        if (parts != null) {
            parts.pump();
        }
        if (stream != null) {
            stream.wake();
        }
    }

    /// The connection is gone.
    ///
    /// @return whether a body was under way, so that {@link #Http1Reply finished} ran
    boolean abort(Throwable cause) {
        if (parts != null) {
            parts.abort(cause);
        } else if (stream != null) {
            stream.end(cause);
        } else {
            bytes = 0;
            return false;
        }
        return true;
    }

    /// How long the socket took nothing although something waits for it; 0 when it has.
    long stalledNs(long nowNs) {
        return started && !done ? stall.stalledNs(nowNs) : 0;
    }
}
