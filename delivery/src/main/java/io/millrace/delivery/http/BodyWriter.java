package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.io.OutputStream;

/// Where a {@link HttpBody.StreamProducer} writes. Any thread, one at a time.
public interface BodyWriter {
    /// Sends bytes; takes `bytes` over. Dropped once the client is gone. Whoever writes while
    /// {@link #isWritable} is false makes the server keep the bytes, so don't.
    void write(ByteBuf bytes);

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
