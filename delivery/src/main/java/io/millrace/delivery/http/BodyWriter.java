package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;

import java.io.IOException;
import java.io.OutputStream;

/// Where a {@link HttpBody.StreamProducer} writes. Any thread, one at a time.
public interface BodyWriter {
    /// Sends bytes; takes `bytes` over. Dropped once the client is gone. Whoever writes while
    /// {@link #isWritable} is false makes the server keep the bytes, so don't.
    void write(ByteBuf bytes);

    /// Hands over a piece that goes to many clients; borrows it. On the event loop only; it leaves
    /// with the next {@link #flush}.
    void writeShared(SharedPiece piece);

    /// Sends what {@link #writeShared} handed over. On the event loop only.
    void flush();

    /// Bounds what may lie in the kernel unsent, so that a client that does not keep up is seen
    /// soon ({@link #isWritable}). For as long as the connection lives. On the event loop only.
    void limitUnsent(int bytes);

    /// Where the connection lives.
    EventExecutor eventLoop();

    /// Whether the client keeps up.
    boolean isWritable();

    /// Runs `action` once on the event loop as soon as the writer is writable again or closed
    /// (immediately when it is).
    void whenWritable(Runnable action);

    /// Ends the body.
    void finish();

    /// Breaks the body off: the client sees a cut transfer, not a short success.
    void abort(Throwable cause);

    /// Whether the client went away.
    boolean isClosed();

    /// For virtual threads: writes block while the client does not keep up and throw once it is
    /// gone; closing finishes the body.
    OutputStream asOutputStream() throws IOException;
}
