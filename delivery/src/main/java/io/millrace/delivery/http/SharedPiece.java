package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.nio.charset.StandardCharsets;

/// A piece of a body that goes to many clients: put together once, with the chunk frame of HTTP/1.1
/// around it, and then written by each without a copy.
///
/// | part | bytes |
/// |---|---|
/// | room, of which the end is used | 10: size in hexadecimal, CR LF |
/// | body | what was written |
/// | end | 2: CR LF |
///
/// Counted: made with one reference; the last {@link #release} gives the memory back. Does not
/// change once made, and is thread-safe from then on.
public final class SharedPiece {
    private static final int ROOM = 10;

    private final ByteBuf framed;
    private final int bodyAt;
    private final int bodyBytes;

    private SharedPiece(ByteBuf framed, int bodyBytes) {
        this.framed = framed;
        this.bodyBytes = bodyBytes;
        bodyAt = framed.readerIndex() + framed.readableBytes() - 2 - bodyBytes;
    }

    /// A buffer to write a body to, and then to give to {@link #of}.
    ///
    /// @param bytes what is expected; it grows
    public static ByteBuf open(ByteBufAllocator allocator, int bytes) {
        return allocator.directBuffer(ROOM + bytes + 2).setIndex(ROOM, ROOM);
    }

    /// @param body from {@link #open}, not empty; taken over
    public static SharedPiece of(ByteBuf body) {
        int size = body.readableBytes();
        if (body.readerIndex() != ROOM || size == 0) {
            throw new IllegalArgumentException("body: not opened here, or empty");
        }
        byte[] head = (Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        body.setBytes(ROOM - head.length, head);
        body.writeByte('\r').writeByte('\n');
        body.readerIndex(ROOM - head.length);
        return new SharedPiece(body, size);
    }

    public int bytes() {
        return bodyBytes;
    }

    /// The body for one more writer: a reference of its own.
    public ByteBuf body() {
        return framed.retainedSlice(bodyAt, bodyBytes);
    }

    /// The body as a chunk of HTTP/1.1, likewise.
    ByteBuf chunk() {
        return framed.retainedDuplicate();
    }

    public SharedPiece retain() {
        framed.retain();
        return this;
    }

    public void release() {
        framed.release();
    }
}
