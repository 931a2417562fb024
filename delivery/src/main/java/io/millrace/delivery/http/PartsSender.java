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

/// Writes a body of parts while the client keeps up. Its event loop only.
///
/// | part | plain socket | TLS |
/// |---|---|---|
/// | buffer | as it is | as it is, or by pieces |
/// | long range of a local file | sendfile | read by pieces on the loop |
/// | short ones | gathered out of the page cache in one `writev` ({@link FilePages}) | the same |
/// | range of any other object | read by pieces on a virtual thread | the same |
/// | bytes that are made ({@link BodyMaker}) | made by pieces on the loop | the same |
///
/// The loop waits for no disk: before local bytes go out it looks whether the next {@link
/// #STRETCH_BYTES} are in memory, and if not has {@link ColdReads} bring them. Holds at most one
/// piece, which with the water marks is what a stalled client costs.
final class PartsSender {
    /// Below it a copy out of the page cache costs less than a sendfile call and its packet.
    private static final int SENDFILE_MIN_BYTES = 48 << 10;

    /// Looked at, and brought into memory, at a time.
    private static final int STRETCH_BYTES = 2 << 20;

    /// What a stretch of scattered runs may span in the file.
    private static final long MAX_SPAN_BYTES = 8L << 20;

    /// Handed to the channel at once out of the page cache: no memory of ours.
    private static final int BATCH_BYTES = 512 << 10;

    /// Made at a time for a plain socket: at first, and after the client did not take all of it...
    private static final int FEW_MADE_BYTES = 64 << 10;

    /// ...and where it takes everything at once. With what it is made of, this stays in a core's
    /// cache.
    private static final int MOST_MADE_BYTES = 256 << 10;

    private final BodySink sink;
    private final List<HttpBody.Part> parts;
    private final HttpBody.Parts body;
    private final boolean plain;
    private final Executor executor;
    private final Consumer<@Nullable Throwable> done;

    /// Index of the part being sent, and how much of it is handed over.
    private int next;

    private long offset;

    /// Index and offset up to which the parts are known to be in memory.
    private int loadedPart = -1;

    private long loadedOffset;

    /// Made for one client before the others of its event loop have their turn.
    private static final int TURN_MADE_BYTES = 512 << 10;

    private int madeBytes = FEW_MADE_BYTES;

    /// Of {@link #TURN_MADE_BYTES}, in this turn.
    private int madeInTurn;

    /// What was made and is not handed over yet.
    private @Nullable ByteBuf made;

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
        this.parts = body.parts();
        this.plain = plain;
        this.executor = executor;
        this.done = done;
    }

    /// Goes on writing; called at the start and whenever the channel became writable.
    void pump() {
        if (pumping) {
            // A flush below made the channel writable: the loop there goes on.
            return;
        }
        pumping = true;
        madeInTurn = 0;
        try {
            boolean flushed;
            do {
                flushed = false;
                boolean wrote = false;
                while (!finished
                        && !ending
                        && !reading
                        && madeInTurn < TURN_MADE_BYTES
                        && sink.isWritable()) {
                    skipSent();
                    if (next == parts.size()) {
                        finish(null);
                    } else {
                        wrote |= writeSome();
                    }
                }
                if (wrote) {
                    sink.flush();
                    flushed = true;
                    madeBytes =
                            sink.isWritable()
                                    ? Math.min(2 * madeBytes, MOST_MADE_BYTES)
                                    : FEW_MADE_BYTES;
                }
            } while (flushed);
        } finally {
            pumping = false;
        }
        if (madeInTurn >= TURN_MADE_BYTES && !finished && !ending && !reading) {
            nextTurn();
        }
    }

    private void nextTurn() {
        try {
            sink.eventLoop().execute(this::pump);
        } catch (RejectedExecutionException _) {
            // The server stopped, and the connection with it.
        }
    }

    private void skipSent() {
        while (next < parts.size() && parts.get(next).sizeBytes() == offset) {
            next++;
            offset = 0;
        }
    }

    /// Writes a buffer, a region or a batch; false when a read was started instead.
    private boolean writeSome() {
        return switch (parts.get(next)) {
            case HttpBody.BufferPart(ByteBuf buffer) -> {
                long left = buffer.readableBytes() - offset;
                int length =
                        (int) Math.min(left, plain && buffer.isDirect() ? left : sink.pieceBytes());
                write(buffer.retainedSlice(buffer.readerIndex() + (int) offset, length), length);
                yield true;
            }
            case HttpBody.MadePart(BodyMaker maker, long _) -> writeMade(maker);
            case HttpBody.BlobPart blob -> {
                boolean inMemory = blob.reader() instanceof PagedReader paged && paged.isInMemory();
                if (inMemory && !plain) {
                    yield writePiece();
                }
                FilePages pages = inMemory ? null : pages(blob.reader());
                if (pages == null) {
                    yield writeUnmapped(blob);
                }
                if (!isLoaded() && !load(blob.reader(), pages)) {
                    yield false;
                }
                yield plain ? writeBatch(blob.reader(), pages) : writePiece();
            }
        };
    }

    private static @Nullable FilePages pages(BlobReader reader) {
        return reader instanceof PagedReader paged ? paged.pages() : null;
    }

    // --- local files --------------------------------------------------------------------------

    private boolean isLoaded() {
        return next < loadedPart || next == loadedPart && offset < loadedOffset;
    }

    /// Looks whether the next stretch is in memory; if not, starts to bring it.
    private boolean load(BlobReader reader, FilePages pages) {
        long from = Long.MAX_VALUE;
        long to = 0;
        long bytes = 0;
        int part = next;
        long at = offset;
        while (part < parts.size() && bytes < STRETCH_BYTES) {
            HttpBody.Part candidate = parts.get(part);
            if (candidate instanceof HttpBody.BlobPart blob) {
                long take = Math.min(blob.sizeBytes() - at, STRETCH_BYTES - bytes);
                long start = blob.position() + at;
                if (blob.reader() != reader
                        || bytes > 0
                                && Math.max(to, start + take) - Math.min(from, start)
                                        > MAX_SPAN_BYTES) {
                    break;
                }
                from = Math.min(from, start);
                to = Math.max(to, start + take);
                bytes += take;
                at += take;
                if (at < blob.sizeBytes()) {
                    break;
                }
            }
            part++;
            at = 0;
        }
        loadedPart = part;
        loadedOffset = at;
        if (pages.areResident(from, to - from)) {
            return true;
        }
        reading = true;
        int untilPart = part;
        long untilOffset = at;
        int fromPart = next;
        long fromOffset = offset;
        try {
            ColdReads.execute(() -> bring(fromPart, fromOffset, untilPart, untilOffset));
        } catch (RejectedExecutionException e) {
            reading = false;
            finish(new IOException("storage is too slow: too many reads wait", e));
        }
        return false;
    }

    private void bring(int fromPart, long fromOffset, int untilPart, long untilOffset) {
        Throwable failure = null;
        try {
            long at = fromOffset;
            for (int i = fromPart; i <= untilPart && i < parts.size(); i++) {
                if (parts.get(i) instanceof HttpBody.BlobPart blob) {
                    long until = i == untilPart ? untilOffset : blob.sizeBytes();
                    ColdReads.load(blob.reader(), blob.position() + at, until - at);
                }
                at = 0;
            }
        } catch (Throwable t) {
            failure = t;
        }
        Throwable result = failure;
        try {
            sink.eventLoop().execute(() -> brought(result));
        } catch (RejectedExecutionException _) {
            // The server stopped, and the connection with it.
        }
    }

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

    /// Writes what is known to be in memory: a long run as a file region, short ones as they lie in
    /// the page cache, as far as a batch goes.
    private boolean writeBatch(BlobReader reader, FilePages pages) {
        int batch = 0;
        while (batch < BATCH_BYTES
                && next < parts.size()
                && isLoaded()
                && parts.get(next) instanceof HttpBody.BlobPart blob
                && blob.reader() == reader) {
            long left = blob.sizeBytes() - offset;
            if (left == 0) {
                skipSent();
                continue;
            }
            long position = blob.position() + offset;
            long length = next == loadedPart ? Math.min(left, loadedOffset - offset) : left;
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

    /// Under TLS: the next piece is read here, for its bytes are in memory; what left it meanwhile
    /// is read elsewhere.
    private boolean writePiece() {
        int firstPart = next;
        long firstOffset = offset;
        int length = advancePiece();
        ByteBuf piece = sink.alloc().directBuffer(length);
        boolean filled = false;
        try {
            filled = fill(piece, firstPart, firstOffset, length, true);
        } catch (IOException | RuntimeException e) {
            finish(e);
            return false;
        } finally {
            if (!filled) {
                piece.release();
            }
        }
        if (!filled) {
            reading = true;
            readElsewhere(ColdReads::execute, firstPart, firstOffset, length);
            return false;
        }
        handOver(piece);
        return true;
    }

    // --- other objects ------------------------------------------------------------------------

    /// A file that cannot be mapped goes by sendfile all the same, anything else is read.
    private boolean writeUnmapped(HttpBody.BlobPart blob) {
        long left = blob.sizeBytes() - offset;
        FileChannel file = plain ? blob.reader().channel().orElse(null) : null;
        if (file != null && left >= SENDFILE_MIN_BYTES) {
            write(new BorrowedRegion(file, blob.position() + offset, left), left);
            return true;
        }
        reading = true;
        int firstPart = next;
        long firstOffset = offset;
        int length = advancePiece();
        readElsewhere(executor, firstPart, firstOffset, length);
        return false;
    }

    private void readElsewhere(Executor on, int firstPart, long firstOffset, int length) {
        try {
            on.execute(() -> read(firstPart, firstOffset, length));
        } catch (RejectedExecutionException e) {
            reading = false;
            finish(e);
        }
    }

    private void read(int firstPart, long firstOffset, int length) {
        ByteBuf piece = sink.alloc().directBuffer(length);
        Throwable failure = null;
        try {
            fill(piece, firstPart, firstOffset, length, false);
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

    private void filled(ByteBuf piece, @Nullable Throwable failure) {
        reading = false;
        if (finished || failure != null) {
            piece.release();
            if (failure != null && !finished) {
                finish(failure);
            } else {
                letGo();
            }
            return;
        }
        handOver(piece);
        sink.flush();
        pump();
    }

    // --- bytes that are made ------------------------------------------------------------------

    private boolean writeMade(BodyMaker maker) {
        ByteBuf rest = made;
        if (rest == null) {
            rest = make(maker);
            if (rest == null) {
                return false;
            }
        }
        int left = rest.readableBytes();
        int length = plain ? left : Math.min(left, sink.pieceBytes());
        if (length == left) {
            made = null;
            write(rest, length);
        } else {
            made = rest;
            write(rest.readRetainedSlice(length), length);
        }
        return true;
    }

    /// The next piece; null when it is made elsewhere, or cannot be.
    private @Nullable ByteBuf make(BodyMaker maker) {
        ByteBuf piece = null;
        boolean isMade = false;
        try {
            int length = maker.next(plain ? madeBytes : sink.pieceBytes());
            if (length <= 0) {
                throw new IllegalStateException("maker: ended before its part");
            }
            piece = sink.alloc().directBuffer(length + BodyMaker.SLACK_BYTES);
            isMade = maker.make(piece, true);
            madeInTurn += length;
            if (!isMade) {
                makeElsewhere(maker, piece);
            }
        } catch (IOException | RuntimeException e) {
            if (piece != null) {
                piece.release();
            }
            finish(e);
            return null;
        }
        return isMade ? piece : null;
    }

    /// @throws RejectedExecutionException when too many wait
    private void makeElsewhere(BodyMaker maker, ByteBuf piece) {
        ColdReads.execute(
                () -> {
                    Throwable failure = null;
                    try {
                        maker.make(piece, false);
                    } catch (Throwable t) {
                        failure = t;
                    }
                    Throwable result = failure;
                    try {
                        sink.eventLoop().execute(() -> madeElsewhere(piece, result));
                    } catch (RejectedExecutionException _) {
                        piece.release();
                    }
                });
        reading = true;
    }

    private void madeElsewhere(ByteBuf piece, @Nullable Throwable failure) {
        if (finished || failure != null) {
            piece.release();
        } else {
            made = piece;
        }
        brought(failure);
    }

    // --- pieces -------------------------------------------------------------------------------

    /// Moves on by one piece.
    ///
    /// @return its length
    private int advancePiece() {
        int most = sink.pieceBytes();
        int bytes = 0;
        while (next < parts.size() && bytes < most) {
            HttpBody.Part part = parts.get(next);
            if (part instanceof HttpBody.MadePart) {
                break;
            }
            if (plain
                    && bytes > 0
                    && part.sizeBytes() - offset >= SENDFILE_MIN_BYTES
                    && part instanceof HttpBody.BlobPart blob
                    && blob.reader().channel().isPresent()) {
                break;
            }
            int take = (int) Math.min(part.sizeBytes() - offset, most - bytes);
            bytes += take;
            offset += take;
            if (offset == part.sizeBytes()) {
                next++;
                offset = 0;
            }
        }
        return bytes;
    }

    /// @param residentOnly whether to give up (false) where bytes are not in memory
    private boolean fill(
            ByteBuf piece, int firstPart, long firstOffset, int length, boolean residentOnly)
            throws IOException {
        int part = firstPart;
        long at = firstOffset;
        while (piece.readableBytes() < length) {
            HttpBody.Part from = parts.get(part);
            int take = (int) Math.min(from.sizeBytes() - at, length - piece.readableBytes());
            switch (from) {
                case HttpBody.BufferPart(ByteBuf buffer) ->
                        piece.writeBytes(buffer, buffer.readerIndex() + (int) at, take);
                case HttpBody.BlobPart blob -> {
                    if (!read(blob.reader(), blob.position() + at, piece, take, residentOnly)) {
                        return false;
                    }
                }
                case HttpBody.MadePart _ ->
                        throw new IllegalStateException("made part: no piece holds it");
            }
            part++;
            at = 0;
        }
        return true;
    }

    private static boolean read(
            BlobReader reader, long position, ByteBuf target, int length, boolean residentOnly)
            throws IOException {
        ByteBuffer window = target.internalNioBuffer(target.writerIndex(), length);
        long at = position;
        while (window.hasRemaining()) {
            int count = residentOnly ? reader.readResident(window, at) : reader.read(window, at);
            if (count == 0 && residentOnly) {
                return false;
            }
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
        return true;
    }

    /// Writes a piece that {@link #advancePiece} has counted.
    private void handOver(ByteBuf piece) {
        send(piece);
    }

    /// Writes what starts at the current place, and moves on.
    private void write(Object message, long length) {
        offset += length;
        send(message);
    }

    private void send(Object message) {
        if (isSent()) {
            finishWith(sink.write(message));
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

    /// Whether everything is handed over.
    private boolean isSent() {
        if (next < parts.size() && offset < parts.get(next).sizeBytes()) {
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
        next = parts.size();
        if (made != null) {
            made.release();
            made = null;
        }
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
