package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A chunked (or, to HTTP/1.0, close-delimited) body under way. The producer's calls come from any
/// thread; what touches the channel runs on its event loop.
final class StreamSender implements BodyWriter {
    /// Handed over by the producer and not yet seen by the loop.
    private static final int MAX_IN_HAND_BYTES = 256 << 10;

    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final BodySink sink;
    private final boolean chunked;
    private final Consumer<@Nullable Throwable> done;
    private final AtomicLong inHandBytes = new AtomicLong();
    private final List<Runnable> waiting = new ArrayList<>(1);
    private volatile boolean closed;
    private long sentBytes;

    /// @param done run once on the event loop: null when the body is complete
    StreamSender(BodySink sink, boolean chunked, Consumer<@Nullable Throwable> done) {
        this.sink = sink;
        this.chunked = chunked;
        this.done = done;
    }

    long sentBytes() {
        return sentBytes;
    }

    @Override
    public void write(ByteBuf bytes) {
        int size = bytes.readableBytes();
        if (closed || size == 0) {
            bytes.release();
            return;
        }
        if (sink.eventLoop().inEventLoop()) {
            writeNow(bytes);
            return;
        }
        inHandBytes.addAndGet(size);
        try {
            sink.eventLoop()
                    .execute(
                            () -> {
                                inHandBytes.addAndGet(-size);
                                writeNow(bytes);
                                wake();
                            });
        } catch (RejectedExecutionException _) {
            bytes.release();
            closed = true;
        }
    }

    private void writeNow(ByteBuf bytes) {
        if (closed) {
            bytes.release();
            return;
        }
        sentBytes += bytes.readableBytes();
        if (chunked) {
            ByteBuf size =
                    Unpooled.copiedBuffer(
                            Integer.toHexString(bytes.readableBytes()) + "\r\n",
                            StandardCharsets.US_ASCII);
            sink.write(size);
            sink.write(bytes);
            sink.write(Unpooled.wrappedBuffer(LAST_CHUNK, 1, 2));
            sink.flush();
        } else {
            sink.write(bytes);
            sink.flush();
        }
    }

    @Override
    public void writeShared(SharedPiece piece) {
        if (closed) {
            return;
        }
        sentBytes += piece.bytes();
        sink.writeMore(chunked ? piece.chunk() : piece.body());
    }

    @Override
    public void flush() {
        sink.flush();
    }

    @Override
    public void limitUnsent(int bytes) {
        sink.limitUnsent(bytes);
    }

    @Override
    public EventExecutor eventLoop() {
        return sink.eventLoop();
    }

    @Override
    public boolean isWritable() {
        return !closed && inHandBytes.get() < MAX_IN_HAND_BYTES && sink.isWritable();
    }

    @Override
    public void whenWritable(Runnable action) {
        onLoop(
                () -> {
                    if (closed || isWritable()) {
                        action.run();
                    } else {
                        waiting.add(action);
                    }
                });
    }

    /// Runs who waits, as far as the client keeps up; on the event loop.
    void wake() {
        while (!waiting.isEmpty() && (closed || isWritable())) {
            waiting.removeFirst().run();
        }
    }

    @Override
    public void finish() {
        onLoop(() -> end(null));
    }

    @Override
    public void abort(Throwable cause) {
        onLoop(() -> end(cause));
    }

    /// Ends the body, on the event loop; the first end counts.
    void end(@Nullable Throwable cause) {
        if (closed) {
            return;
        }
        closed = true;
        if (cause == null && chunked) {
            sink.write(Unpooled.wrappedBuffer(LAST_CHUNK));
            sink.flush();
        }
        done.accept(cause);
        wake();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    private void onLoop(Runnable action) {
        if (sink.eventLoop().inEventLoop()) {
            action.run();
            return;
        }
        try {
            sink.eventLoop().execute(action);
        } catch (RejectedExecutionException _) {
            closed = true;
        }
    }

    @Override
    public OutputStream asOutputStream() {
        return new BlockingStream();
    }

    /// Gathers into buffers and waits for the client. One virtual thread.
    private final class BlockingStream extends OutputStream {
        private static final int BUFFER_BYTES = 16 << 10;

        private @Nullable ByteBuf buffer;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int at = offset;
            int end = offset + length;
            while (at < end) {
                ByteBuf target = buffer;
                if (target == null) {
                    awaitWritable();
                    target = sink.alloc().directBuffer(BUFFER_BYTES, BUFFER_BYTES);
                    buffer = target;
                }
                int take = Math.min(end - at, target.writableBytes());
                target.writeBytes(bytes, at, take);
                at += take;
                if (!target.isWritable()) {
                    flush();
                }
            }
        }

        @Override
        public void flush() {
            ByteBuf full = buffer;
            if (full != null) {
                buffer = null;
                StreamSender.this.write(full);
            }
        }

        @Override
        public void close() {
            flush();
            finish();
        }

        private void awaitWritable() throws IOException {
            while (!isWritable()) {
                if (closed) {
                    throw new IOException("The client went away.");
                }
                var writable = new CountDownLatch(1);
                whenWritable(writable::countDown);
                try {
                    writable.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while writing a reply");
                }
            }
        }
    }
}
