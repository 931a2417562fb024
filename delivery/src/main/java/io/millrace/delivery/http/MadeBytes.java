package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// The pieces that {@link BodyMaker makers} of a body make, a turn's worth at a time so that one
/// client does not hold up the others of its event loop. Its event loop only.
final class MadeBytes {
    /// Made at a time for a plain socket: at first, and after the client did not take all of it...
    private static final int FEW_BYTES = 64 << 10;

    /// ...and where it takes everything at once. With what it is made of, this stays in a core's
    /// cache.
    private static final int MOST_BYTES = 256 << 10;

    /// Made for one client before the others of its event loop have their turn.
    private static final int TURN_BYTES = 512 << 10;

    private final BodySink sink;
    private final boolean plain;
    private final Consumer<@Nullable Throwable> made;

    private int wantedBytes = FEW_BYTES;

    /// Of {@link #TURN_BYTES}, in this turn.
    private int bytesInTurn;

    /// What is not handed over yet.
    private @Nullable ByteBuf waiting;

    /// @param plain whether the sink takes pieces of any size
    /// @param made run on the event loop when what was made elsewhere is here, or not to be had
    MadeBytes(BodySink sink, boolean plain, Consumer<@Nullable Throwable> made) {
        this.sink = sink;
        this.plain = plain;
        this.made = made;
    }

    void beginTurn() {
        bytesInTurn = 0;
    }

    boolean isTurnOver() {
        return bytesInTurn >= TURN_BYTES;
    }

    /// Makes larger pieces as long as the client takes them at once.
    void taken(boolean whole) {
        wantedBytes = whole ? Math.min(2 * wantedBytes, MOST_BYTES) : FEW_BYTES;
    }

    /// The next bytes to write, the caller's; null when they are made elsewhere.
    ///
    /// @throws RejectedExecutionException when too many wait for storage
    @Nullable ByteBuf next(BodyMaker maker) throws IOException {
        ByteBuf rest = waiting;
        if (rest == null) {
            rest = make(maker);
            if (rest == null) {
                return null;
            }
        }
        int left = rest.readableBytes();
        int length = plain ? left : Math.min(left, sink.pieceBytes());
        if (length == left) {
            waiting = null;
            return rest;
        }
        waiting = rest;
        return rest.readRetainedSlice(length);
    }

    private @Nullable ByteBuf make(BodyMaker maker) throws IOException {
        int length = maker.next(plain ? wantedBytes : sink.pieceBytes());
        if (length <= 0) {
            throw new IllegalStateException("maker: ended before its part");
        }
        ByteBuf piece = sink.alloc().directBuffer(length + BodyMaker.SLACK_BYTES);
        boolean kept = false;
        try {
            boolean isMade = maker.make(piece, true);
            bytesInTurn += length;
            if (!isMade) {
                ColdReads.execute(() -> makeElsewhere(maker, piece));
            }
            kept = true;
            return isMade ? piece : null;
        } finally {
            if (!kept) {
                piece.release();
            }
        }
    }

    private void makeElsewhere(BodyMaker maker, ByteBuf piece) {
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
    }

    private void madeElsewhere(ByteBuf piece, @Nullable Throwable failure) {
        if (failure == null) {
            waiting = piece;
        } else {
            piece.release();
        }
        made.accept(failure);
    }

    /// Nothing more is wanted.
    void release() {
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
    }
}
