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
/// | short ones | gathered out of the page cache in one call ({@link FilePages}) | the same |
/// | range of any other object | read by pieces on a virtual thread | the same |
/// | bytes that are made ({@link BodyMaker}) | made by pieces on the loop ({@link MadeBytes}) | the same |
///
/// A plain socket with nothing queued gets the reply's head and short stretches past the channel
/// ({@link SocketGather}); what it does not take at once goes the channel's way.
///
/// The loop waits for no disk: before local bytes go out it looks whether they are in memory
/// ({@link LoadedStretch}). Holds at most one piece, which with the water marks is what a stalled
/// client costs.
final class PartsSender {
    /// Handed to the channel at once out of the page cache: no memory of ours.
    private static final int BATCH_BYTES = 512 << 10;

    private final BodySink sink;
    private final PartsCursor at;
    private final HttpBody.Parts body;
    private final boolean plain;
    private final Executor executor;
    private final Consumer<@Nullable Throwable> done;
    private final LoadedStretch loaded;
    private final GatheredRuns runs;
    private final MadeBytes made;

    /// What goes before the body, until it is handed over.
    private @Nullable ByteBuf head;

    /// Something was handed to the sink since the last flush.
    private boolean unflushed;

    /// The socket took less than it was given: the rest is queued, and waited for.
    private boolean full;

    /// Somebody else reads for us.
    private boolean reading;

    private boolean pumping;

    /// The last byte is handed to the channel; only its promise is waited for.
    private boolean ending;

    private boolean finished;

    /// @param head written before the body and taken over; null where it is written
    /// @param plain whether the sink takes file regions and pages (no TLS)
    /// @param executor for reads of objects that are no local files
    /// @param done run once when the last byte is in the socket or the first write failed
    PartsSender(
            BodySink sink,
            @Nullable ByteBuf head,
            HttpBody.Parts body,
            boolean plain,
            Executor executor,
            Consumer<@Nullable Throwable> done) {
        this.sink = sink;
        this.head = head;
        this.body = body;
        this.at = new PartsCursor(body.parts());
        this.plain = plain;
        this.executor = executor;
        this.done = done;
        this.loaded = new LoadedStretch(at, sink, this::brought);
        this.runs = new GatheredRuns(at, loaded);
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
                while (!isWaiting() && !made.isTurnOver() && sink.isWritable()) {
                    HttpBody.Part part = at.current();
                    if (part == null) {
                        end();
                    } else {
                        writeSome(part);
                    }
                }
                if (unflushed) {
                    flush();
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
        return finished || ending || reading || full;
    }

    /// Of a body without bytes.
    private void end() {
        ByteBuf only = head;
        if (only == null) {
            finish(null);
        } else {
            head = null;
            send(only);
        }
    }

    private void nextTurn() {
        try {
            sink.eventLoop().execute(this::pump);
        } catch (RejectedExecutionException _) {
            // The server stopped, and the connection with it.
        }
    }

    /// Hands on a buffer, a region or a batch, or has it brought first.
    private void writeSome(HttpBody.Part part) {
        try {
            switch (part) {
                case HttpBody.BufferPart(ByteBuf buffer) -> {
                    if (!gatherSome()) {
                        writeBuffer(buffer);
                    }
                }
                case HttpBody.MadePart(BodyMaker maker, long _) -> writeMade(maker);
                case HttpBody.BlobPart blob -> writeBlob(blob);
            }
        } catch (IOException | RuntimeException e) {
            finish(e);
            return;
        }
        if (reading) {
            // The client need not wait for storage to hear that it comes.
            queueHead();
        }
    }

    private void writeBuffer(ByteBuf buffer) {
        long left = buffer.readableBytes() - at.offset();
        int length = (int) Math.min(left, plain && buffer.isDirect() ? left : sink.pieceBytes());
        write(buffer.retainedSlice(buffer.readerIndex() + (int) at.offset(), length), length);
    }

    private void writeMade(BodyMaker maker) throws IOException {
        ByteBuf piece = made.next(maker);
        if (piece == null) {
            reading = true;
        } else {
            write(piece, piece.readableBytes());
        }
    }

    private void writeBlob(HttpBody.BlobPart blob) throws IOException {
        boolean inMemory = blob.reader() instanceof PagedReader paged && paged.isInMemory();
        if (inMemory && !plain) {
            writePiece();
            return;
        }
        FilePages pages = inMemory ? null : GatheredRuns.pages(blob.reader());
        if (pages == null) {
            writeUnmapped(blob);
        } else if (!loaded.holds(at.part(), at.offset()) && !loaded.look(blob.reader(), pages)) {
            reading = true;
        } else if (!plain) {
            writePiece();
        } else if (!gatherSome()) {
            writeBatch(blob.reader(), pages);
        }
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

    /// Gives the socket at once what comes next of buffers and short stretches in memory, with the
    /// head before it.
    ///
    /// @return false when there is no such thing, or no such way, and nothing was done
    private boolean gatherSome() throws IOException {
        SocketGather gather = plain && !unflushed ? sink.gather() : null;
        if (gather == null) {
            return false;
        }
        boolean any = runs.collect(gather, head);
        reading |= runs.brings();
        if (any) {
            sendGathered(gather);
        }
        return any || runs.brings();
    }

    private void sendGathered(SocketGather gather) {
        long sent = gather.send(runs.goesOn());
        long ofBody = sent;
        ByteBuf first = head;
        if (first != null) {
            int ofHead = (int) Math.min(sent, first.readableBytes());
            ofBody -= ofHead;
            first.skipBytes(ofHead);
            if (!first.isReadable()) {
                first.release();
                head = null;
            }
        }
        at.skip(ofBody);
        if (sent == gather.bytes()) {
            if (at.current() == null) {
                finish(null);
            }
        } else {
            queueOne();
        }
    }

    /// Has the channel wait for a socket that is full: it gets the next stretch, and says when that
    /// went.
    private void queueOne() {
        Object rest;
        ByteBuf first = head;
        if (first != null) {
            head = null;
            rest = first;
        } else {
            switch (at.current()) {
                case HttpBody.BufferPart(ByteBuf buffer) -> {
                    int from = buffer.readerIndex() + (int) at.offset();
                    int length = buffer.writerIndex() - from;
                    rest = buffer.retainedSlice(from, length);
                    at.advance(length);
                }
                case HttpBody.BlobPart blob
                        when GatheredRuns.pages(blob.reader()) instanceof FilePages pages -> {
                    long position = blob.position() + at.offset();
                    long length = loaded.held(at.part(), at.offset(), blob.sizeBytes());
                    rest = pages.slice(position, (int) length);
                    at.advance(length);
                }
                case null, default ->
                        throw new IllegalStateException("gathered: neither buffer nor pages");
            }
        }
        if (at.current() == null) {
            send(rest);
            return;
        }
        full = true;
        unflushed = true;
        sink.write(rest).addListener(future -> roomAgain(future.cause()));
    }

    private void roomAgain(@Nullable Throwable failure) {
        full = false;
        if (failure != null) {
            finish(failure);
        } else if (!finished) {
            // Not from within the channel's own loop over its queue.
            nextTurn();
        }
    }

    /// Writes what is known to be in memory: a long run as a file region, short ones as they lie in
    /// the page cache, as far as a batch goes.
    private void writeBatch(BlobReader reader, FilePages pages) {
        int batch = 0;
        while (batch < BATCH_BYTES
                && at.current() instanceof HttpBody.BlobPart blob
                && blob.reader() == reader
                && loaded.holds(at.part(), at.offset())) {
            long position = blob.position() + at.offset();
            long length = loaded.held(at.part(), at.offset(), blob.sizeBytes());
            FileChannel file = reader.channel().orElse(null);
            if (file != null && GatheredRuns.isRegion(blob, pages, position, length)) {
                if (batch == 0 || length < GatheredRuns.SENDFILE_MIN_BYTES) {
                    writeRegion(file, position, length);
                }
                return;
            }
            write(pages.slice(position, (int) length), length);
            batch += (int) length;
        }
    }

    /// A file that cannot be mapped goes by sendfile all the same, anything else is read.
    private void writeUnmapped(HttpBody.BlobPart blob) {
        long left = blob.sizeBytes() - at.offset();
        FileChannel file = plain ? blob.reader().channel().orElse(null) : null;
        if (file != null && left >= GatheredRuns.SENDFILE_MIN_BYTES) {
            writeRegion(file, blob.position() + at.offset(), left);
        } else {
            readElsewhere(executor, nextPiece());
        }
    }

    private void writeRegion(FileChannel file, long position, long length) {
        write(new BorrowedRegion(file, position, length), length);
    }

    // --- pieces -------------------------------------------------------------------------------

    private PartsPiece nextPiece() {
        return PartsPiece.next(
                at, sink.pieceBytes(), plain ? GatheredRuns.SENDFILE_MIN_BYTES : Integer.MAX_VALUE);
    }

    /// Under TLS: the next piece is read here, for its bytes are in memory; what left it meanwhile
    /// is read elsewhere.
    private void writePiece() throws IOException {
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
            return;
        }
        writePiece(bytes);
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
            flush();
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

    private void queueHead() {
        ByteBuf first = head;
        if (first != null) {
            head = null;
            unflushed = true;
            sink.writeMore(first);
        }
    }

    private void flush() {
        unflushed = false;
        sink.flush();
    }

    private void send(Object message) {
        queueHead();
        unflushed = true;
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
        if (head != null) {
            head.release();
            head = null;
        }
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
