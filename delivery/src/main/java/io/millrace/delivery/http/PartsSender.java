package io.millrace.delivery.http;

import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Writes a body of parts while the client keeps up. Its event loop only.
///
/// | part | plain socket | TLS |
/// |---|---|---|
/// | buffer | as it is | as it is, or by pieces |
/// | long range of a local file | sendfile | read by pieces on the loop |
/// | short ones | gathered out of the page cache in one `writev` ({@link FilePages}) | the same |
/// | range of any other object | read by pieces on a virtual thread | the same |
/// | bytes that are made ({@link BodyMaker}) | made by pieces on the loop ({@link MadeBytes}) | the same |
///
/// The loop waits for no disk: before local bytes go out it looks whether they are in memory
/// ({@link LoadedStretch}). Holds at most one piece, which with the water marks is what a stalled
/// client costs.
final class PartsSender {
    /// Below it a copy out of the page cache costs less than a sendfile call and its packet.
    private static final int SENDFILE_MIN_BYTES = 48 << 10;

    /// Handed to the channel at once out of the page cache: no memory of ours.
    private static final int BATCH_BYTES = 512 << 10;

    private final BodySink sink;
    private final PartsCursor at;
    private final HttpBody.Parts body;
    private final boolean plain;
    private final Executor executor;
    private final Consumer<@Nullable Throwable> done;
    private final LoadedStretch loaded;
    private final MadeBytes made;

    /// Somebody else reads for us.
    private boolean reading;

    private boolean pumping;

    /// The last byte is handed to the channel; only its promise is waited for.
    private boolean ending;

    private boolean finished;

    /// @param plain whether the sink takes file regions and pages (no TLS)
    /// @param executor for reads of objects that are no local files
    /// @param done run once when the last byte is in the socket or the first write failed
    PartsSender(
            BodySink sink,
            HttpBody.Parts body,
            boolean plain,
            Executor executor,
            Consumer<@Nullable Throwable> done) {
        this.sink = sink;
        this.body = body;
        this.at = new PartsCursor(body.parts());
        this.plain = plain;
        this.executor = executor;
        this.done = done;
        this.loaded = new LoadedStretch(at, sink, this::brought);
        this.made = new MadeBytes(sink, plain, this::brought);
    }

    /// Goes on writing; called at the start and whenever the channel became writable.
    void pump() {
        if (pumping) {
            // A flush below made the channel writable: the loop there goes on.
            return;
        }
        pumping = true;
        made.beginTurn();
        try {
            boolean flushed;
            do {
                flushed = false;
                boolean wrote = false;
                while (!isWaiting() && !made.isTurnOver() && sink.isWritable()) {
                    HttpBody.Part part = at.current();
                    if (part == null) {
                        finish(null);
                    } else {
                        wrote |= writeSome(part);
                    }
                }
                if (wrote) {
                    sink.flush();
                    flushed = true;
                    made.taken(sink.isWritable());
                }
            } while (flushed);
        } finally {
            pumping = false;
        }
        if (made.isTurnOver() && !isWaiting()) {
            nextTurn();
        }
    }

    private boolean isWaiting() {
        return finished || ending || reading;
    }

    private void nextTurn() {
        try {
            sink.eventLoop().execute(this::pump);
        } catch (RejectedExecutionException _) {
            // The server stopped, and the connection with it.
        }
    }

    /// Writes a buffer, a region or a batch; false when a read was started instead, or failed.
    private boolean writeSome(HttpBody.Part part) {
        try {
            return switch (part) {
                case HttpBody.BufferPart(ByteBuf buffer) -> writeBuffer(buffer);
                case HttpBody.MadePart(BodyMaker maker, long _) -> writeMade(maker);
                case HttpBody.BlobPart blob -> writeBlob(blob);
            };
        } catch (IOException | RuntimeException e) {
            finish(e);
            return false;
        }
    }

    private boolean writeBuffer(ByteBuf buffer) {
        long left = buffer.readableBytes() - at.offset();
        int length = (int) Math.min(left, plain && buffer.isDirect() ? left : sink.pieceBytes());
        write(buffer.retainedSlice(buffer.readerIndex() + (int) at.offset(), length), length);
        return true;
    }

    private boolean writeMade(BodyMaker maker) throws IOException {
        ByteBuf piece = made.next(maker);
        if (piece == null) {
            reading = true;
            return false;
        }
        write(piece, piece.readableBytes());
        return true;
    }

    private boolean writeBlob(HttpBody.BlobPart blob) throws IOException {
        boolean inMemory = blob.reader() instanceof PagedReader paged && paged.isInMemory();
        if (inMemory && !plain) {
            return writePiece();
        }
        FilePages pages = inMemory ? null : pages(blob.reader());
        if (pages == null) {
            return writeUnmapped(blob);
        }
        if (!loaded.holds(at.part(), at.offset()) && !loaded.look(blob.reader(), pages)) {
            reading = true;
            return false;
        }
        return plain ? writeBatch(blob.reader(), pages) : writePiece();
    }

    private static @Nullable FilePages pages(BlobReader reader) {
        return reader instanceof PagedReader paged ? paged.pages() : null;
    }

    /// What was read or made elsewhere is here.
    private void brought(@Nullable Throwable failure) {
        reading = false;
        if (finished) {
            letGo();
        } else if (failure != null) {
            finish(failure);
        } else {
            pump();
        }
    }

    // --- files --------------------------------------------------------------------------------

    /// Writes what is known to be in memory: a long run as a file region, short ones as they lie in
    /// the page cache, as far as a batch goes.
    private boolean writeBatch(BlobReader reader, FilePages pages) {
        int batch = 0;
        while (batch < BATCH_BYTES
                && at.current() instanceof HttpBody.BlobPart blob
                && blob.reader() == reader
                && loaded.holds(at.part(), at.offset())) {
            long position = blob.position() + at.offset();
            long length = loaded.held(at.part(), at.offset(), blob.sizeBytes());
            FileChannel file = reader.channel().orElse(null);
            if (file != null
                    && (length >= SENDFILE_MIN_BYTES || !pages.isInOneWindow(position, length))) {
                if (batch > 0 && length >= SENDFILE_MIN_BYTES) {
                    return true;
                }
                write(new BorrowedRegion(file, position, length), length);
                return true;
            }
            write(pages.slice(position, (int) length), length);
            batch += (int) length;
        }
        return true;
    }

    /// A file that cannot be mapped goes by sendfile all the same, anything else is read.
    private boolean writeUnmapped(HttpBody.BlobPart blob) {
        long left = blob.sizeBytes() - at.offset();
        FileChannel file = plain ? blob.reader().channel().orElse(null) : null;
        if (file != null && left >= SENDFILE_MIN_BYTES) {
            write(new BorrowedRegion(file, blob.position() + at.offset(), left), left);
            return true;
        }
        readElsewhere(executor, nextPiece());
        return false;
    }

    // --- pieces -------------------------------------------------------------------------------

    private PartsPiece nextPiece() {
        return PartsPiece.next(
                at, sink.pieceBytes(), plain ? SENDFILE_MIN_BYTES : Integer.MAX_VALUE);
    }

    /// Under TLS: the next piece is read here, for its bytes are in memory; what left it meanwhile
    /// is read elsewhere.
    private boolean writePiece() throws IOException {
        PartsPiece piece = nextPiece();
        ByteBuf bytes = sink.alloc().directBuffer(piece.length());
        boolean filled = false;
        try {
            filled = piece.fill(bytes, true);
        } finally {
            if (!filled) {
                bytes.release();
            }
        }
        if (!filled) {
            readElsewhere(ColdReads::execute, piece);
            return false;
        }
        writePiece(bytes);
        return true;
    }

    private void readElsewhere(Executor on, PartsPiece piece) {
        reading = true;
        try {
            on.execute(() -> read(piece));
        } catch (RejectedExecutionException e) {
            reading = false;
            throw e;
        }
    }

    private void read(PartsPiece piece) {
        ByteBuf bytes = sink.alloc().directBuffer(piece.length());
        Throwable failure = null;
        try {
            piece.fill(bytes, false);
        } catch (Throwable t) {
            failure = t;
        }
        Throwable result = failure;
        try {
            sink.eventLoop().execute(() -> filled(bytes, result));
        } catch (RejectedExecutionException _) {
            bytes.release();
        }
    }

    private void filled(ByteBuf bytes, @Nullable Throwable failure) {
        if (finished || failure != null) {
            bytes.release();
        } else {
            writePiece(bytes);
            sink.flush();
        }
        brought(failure);
    }

    private void writePiece(ByteBuf bytes) {
        at.skip(bytes.readableBytes());
        send(bytes);
    }

    // --- the sink -----------------------------------------------------------------------------

    /// Writes what starts at the current place, and moves on.
    private void write(Object message, long length) {
        at.advance(length);
        send(message);
    }

    private void send(Object message) {
        if (at.current() == null) {
            ending = true;
            sink.write(message)
                    .addListener(future -> finish(future.isSuccess() ? null : future.cause()));
            return;
        }
        ChannelFuture written = sink.writeMore(message);
        if (written != null) {
            written.addListener(
                    future -> {
                        if (!future.isSuccess()) {
                            finish(future.cause());
                        }
                    });
        }
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
        at.toEnd();
        if (!reading) {
            letGo();
        }
        done.accept(cause);
    }

    /// Closes what the body holds; only once no read is under way.
    private void letGo() {
        made.release();
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
