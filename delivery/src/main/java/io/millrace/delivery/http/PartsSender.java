package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Writes a body of parts while the client keeps up: file ranges by sendfile where the socket is
/// plain, small neighbours gathered into one buffer, everything else read piece by piece on a
/// virtual thread. Holds at most one piece, which with the water marks is what a stalled client
/// costs. Its event loop only.
final class PartsSender {
    /// Below it a read and a copy cost less than a sendfile call.
    private static final int SENDFILE_MIN_BYTES = 16 << 10;

    private final BodySink sink;
    private final HttpBody.Parts body;
    private final boolean sendfile;
    private final Executor executor;
    private final Consumer<@Nullable Throwable> done;

    /// Index of the part being sent, and how much of it is handed over.
    private int next;

    private long offset;
    private boolean reading;

    /// The last byte is handed to the channel; only its promise is waited for.
    private boolean ending;

    private boolean finished;

    /// @param sendfile whether the sink takes file regions (no TLS)
    /// @param done run once when the last byte is in the socket or the first write failed
    PartsSender(
            BodySink sink,
            HttpBody.Parts body,
            boolean sendfile,
            Executor executor,
            Consumer<@Nullable Throwable> done) {
        this.sink = sink;
        this.body = body;
        this.sendfile = sendfile;
        this.executor = executor;
        this.done = done;
    }

    /// Goes on writing; called at the start and whenever the channel became writable.
    void pump() {
        List<HttpBody.Part> parts = body.parts();
        boolean wrote = false;
        while (!finished && !ending && !reading && sink.isWritable()) {
            if (next == parts.size()) {
                // Nothing was left to carry the last promise.
                finish(null);
                break;
            }
            HttpBody.Part part = parts.get(next);
            if (part.sizeBytes() == offset) {
                skip(part);
                continue;
            }
            ChannelFuture written = write(part);
            if (written == null) {
                break;
            }
            wrote = true;
            if (isLast()) {
                finishWith(written);
                break;
            }
            written.addListener(
                    future -> {
                        if (!future.isSuccess()) {
                            finish(future.cause());
                        }
                    });
        }
        if (wrote) {
            sink.flush();
        }
    }

    /// Writes what can be written of `part` at once; null when a read was started instead.
    private @Nullable ChannelFuture write(HttpBody.Part part) {
        switch (part) {
            case HttpBody.BufferPart(ByteBuf buffer) -> {
                long left = buffer.readableBytes() - offset;
                if (left < SENDFILE_MIN_BYTES && nextIsSmall()) {
                    return gather();
                }
                int length =
                        (int)
                                Math.min(
                                        left,
                                        sendfile && buffer.isDirect() ? left : sink.pieceBytes());
                ByteBuf piece = buffer.retainedSlice(buffer.readerIndex() + (int) offset, length);
                advance(length);
                return sink.write(piece);
            }
            case HttpBody.BlobPart blob -> {
                FileChannel file = sendfile ? blob.reader().channel().orElse(null) : null;
                if (file == null || blob.sizeBytes() < SENDFILE_MIN_BYTES) {
                    return gather();
                }
                long length = blob.sizeBytes() - offset;
                var region = new BorrowedRegion(file, blob.position() + offset, length);
                advance(length);
                return sink.write(region);
            }
        }
    }

    /// Whether the part after this one is read into memory too.
    private boolean nextIsSmall() {
        return next + 1 < body.parts().size()
                && body.parts().get(next + 1) instanceof HttpBody.BlobPart blob
                && (blob.sizeBytes() < SENDFILE_MIN_BYTES || !sendfile);
    }

    /// Starts filling one piece from here on, on a virtual thread.
    private @Nullable ChannelFuture gather() {
        reading = true;
        int firstPart = next;
        long firstOffset = offset;
        // How far one piece reaches.
        int most = sink.pieceBytes();
        int bytes = 0;
        while (next < body.parts().size() && bytes < most) {
            HttpBody.Part part = body.parts().get(next);
            long left = part.sizeBytes() - offset;
            if (bytes > 0 && sendfile && left >= SENDFILE_MIN_BYTES) {
                break;
            }
            int take = (int) Math.min(left, most - bytes);
            bytes += take;
            offset += take;
            if (offset == part.sizeBytes()) {
                next++;
                offset = 0;
            }
        }
        int length = bytes;
        try {
            executor.execute(() -> fill(firstPart, firstOffset, length));
        } catch (RejectedExecutionException e) {
            reading = false;
            finish(e);
        }
        return null;
    }

    private void fill(int firstPart, long firstOffset, int length) {
        ByteBuf piece = sink.alloc().directBuffer(length);
        Throwable failure = null;
        try {
            int part = firstPart;
            long at = firstOffset;
            while (piece.readableBytes() < length) {
                HttpBody.Part from = body.parts().get(part);
                int take = (int) Math.min(from.sizeBytes() - at, length - piece.readableBytes());
                switch (from) {
                    case HttpBody.BufferPart(ByteBuf buffer) ->
                            piece.writeBytes(buffer, buffer.readerIndex() + (int) at, take);
                    case HttpBody.BlobPart blob ->
                            read(blob.reader(), blob.position() + at, piece, take);
                }
                part++;
                at = 0;
            }
        } catch (Throwable t) {
            failure = t;
        }
        Throwable result = failure;
        try {
            sink.eventLoop().execute(() -> filled(piece, result));
        } catch (RejectedExecutionException _) {
            piece.release();
        }
    }

    private static void read(BlobReader reader, long position, ByteBuf target, int length)
            throws IOException {
        ByteBuffer window = target.internalNioBuffer(target.writerIndex(), length);
        long at = position;
        while (window.hasRemaining()) {
            int count = reader.read(window, at);
            if (count < 0) {
                throw new EOFException(
                        reader.info().key()
                                + " ends at "
                                + at
                                + ", before the range it was asked for");
            }
            at += count;
        }
        target.writerIndex(target.writerIndex() + length);
    }

    private void filled(ByteBuf piece, @Nullable Throwable failure) {
        reading = false;
        if (finished || failure != null) {
            piece.release();
            if (failure != null) {
                finish(failure);
            } else {
                letGo();
            }
            return;
        }
        // Told before the flush: that may make the channel writable and so start the next piece.
        boolean last = next == body.parts().size();
        ending = last;
        ChannelFuture written = sink.write(piece);
        sink.flush();
        if (last) {
            finishWith(written);
        } else {
            written.addListener(
                    future -> {
                        if (!future.isSuccess()) {
                            finish(future.cause());
                        }
                    });
            pump();
        }
    }

    private void skip(HttpBody.Part part) {
        assert part.sizeBytes() == offset;
        next++;
        offset = 0;
    }

    private void advance(long length) {
        offset += length;
    }

    /// Whether what was just handed over ends the body.
    private boolean isLast() {
        List<HttpBody.Part> parts = body.parts();
        if (offset < parts.get(next).sizeBytes()) {
            return false;
        }
        for (int i = next + 1; i < parts.size(); i++) {
            if (parts.get(i).sizeBytes() > 0) {
                return false;
            }
        }
        return true;
    }

    private void finishWith(ChannelFuture last) {
        ending = true;
        last.addListener(future -> finish(future.isSuccess() ? null : future.cause()));
    }

    /// The connection is gone.
    void abort(Throwable cause) {
        finish(cause);
    }

    private void finish(@Nullable Throwable cause) {
        if (finished) {
            return;
        }
        finished = true;
        next = body.parts().size();
        if (!reading) {
            letGo();
        }
        done.accept(cause);
    }

    /// Closes what the body holds; only once no read is under way.
    private void letGo() {
        ReplyPlan.release(body);
    }

    /// A range of a channel that somebody else closes.
    private static final class BorrowedRegion extends DefaultFileRegion {
        BorrowedRegion(FileChannel file, long position, long count) {
            super(file, position, count);
        }

        @Override
        protected void deallocate() {
            // The reply's owner closes the reader.
        }
    }
}
