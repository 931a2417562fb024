package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Objects;

/// A request's body between the event loop, which offers, and one virtual thread, which reads.
/// Bounded: past {@link #HIGH_BYTES} the connection stops decoding until below {@link #LOW_BYTES}.
final class RequestBody extends InputStream {
    private static final int HIGH_BYTES = 256 << 10;
    private static final int LOW_BYTES = 64 << 10;

    private final Object lock = new Object();
    private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
    private final Runnable wanted;
    private int queuedBytes;
    private boolean ended;
    private boolean heldBack;
    private boolean closed;
    private @Nullable IOException failure;

    /// @param wanted run by the reader when the connection should go on
    RequestBody(Runnable wanted) {
        this.wanted = wanted;
    }

    /// Takes `bytes` over; true when the connection should hold back.
    boolean offer(ByteBuf bytes) {
        synchronized (lock) {
            if (closed || failure != null || !bytes.isReadable()) {
                bytes.release();
                return false;
            }
            queue.add(bytes);
            queuedBytes += bytes.readableBytes();
            lock.notifyAll();
            if (queuedBytes >= HIGH_BYTES) {
                // Until the reader asks for more: what was under way meanwhile changes nothing.
                heldBack = true;
            }
            return heldBack;
        }
    }

    void end() {
        synchronized (lock) {
            ended = true;
            lock.notifyAll();
        }
    }

    /// What was queued is gone: a body that is not whole is of no use.
    void fail(IOException cause) {
        synchronized (lock) {
            if (ended || failure != null) {
                return;
            }
            failure = cause;
            releaseAll();
            lock.notifyAll();
        }
    }

    /// Whether the reader, not the sender, is what is waited for.
    boolean isHeldBack() {
        synchronized (lock) {
            return heldBack || closed || ended;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        boolean goOn;
        int count;
        synchronized (lock) {
            while (queue.isEmpty()) {
                if (failure != null) {
                    throw failure;
                }
                if (closed) {
                    throw new IOException("The body has been closed.");
                }
                if (ended) {
                    return -1;
                }
                await();
            }
            ByteBuf first = queue.getFirst();
            count = Math.min(length, first.readableBytes());
            first.readBytes(target, offset, count);
            if (!first.isReadable()) {
                queue.removeFirst().release();
            }
            queuedBytes -= count;
            goOn = heldBack && queuedBytes <= LOW_BYTES;
            if (goOn) {
                heldBack = false;
            }
        }
        if (goOn) {
            wanted.run();
        }
        return count;
    }

    private void await() throws InterruptedIOException {
        try {
            lock.wait();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading a request body");
        }
    }

    @Override
    public int available() {
        synchronized (lock) {
            return queuedBytes;
        }
    }

    /// The rest is not wanted; the connection drops it.
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            releaseAll();
            lock.notifyAll();
        }
    }

    private void releaseAll() {
        queue.forEach(ByteBuf::release);
        queue.clear();
        queuedBytes = 0;
        heldBack = false;
    }
}
