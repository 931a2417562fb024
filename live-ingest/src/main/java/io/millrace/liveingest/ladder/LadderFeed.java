package io.millrace.liveingest.ladder;

import io.millrace.liveingest.play.ColorMetadata;
import io.millrace.liveingest.play.FlvFraming;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// A source's pictures on their way to an encoder, as FLV. Filled on the stream's event loop, emptied
/// by one thread that may be as slow as it likes: when too much waits, all of it is dropped and the
/// feed goes on at the next key frame.
///
///     WAITING (for a key frame) -> FLOWING <-> SKIPPING (to a key frame)
///        ^----------- restart ---------+
///     CLOSED from anywhere
///
/// Its lock is held for no longer than a frame is copied.
final class LadderFeed {
    /// Times inside the encoder start here, not at a stream time that may be days: 32 bits last,
    /// and nothing is negative.
    static final long FIRST_MS = 10_000;

    private static final long MAX_WAITING_MS = 3000;
    private static final int MAX_WAITING_BYTES = 8 << 20;

    /// A start in the middle of the source's segment would cut all later ones elsewhere; but it is
    /// not put off for longer.
    private static final long LONGEST_WAIT_MS = 5000;

    private static final int TAG_SIZE_AT = 1;

    /// Of a tag around its body, with the size behind it.
    private static final int TAG_FRAME_BYTES = 15;

    private enum State {
        WAITING,
        FLOWING,
        SKIPPING,
        CLOSED
    }

    /// What {@link #add} did.
    enum Added {
        YES,
        NO,
        OVERFLOW
    }

    private record Waiting(ByteBuf tag, long timeMs) {}

    private final Configured video;
    private final StreamTracks tracks;
    private final FlvFraming framing = new FlvFraming(ColorMetadata.ENHANCED);
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private State state = State.WAITING;
    private boolean everFlowed;
    private long waitingSinceMs = Long.MIN_VALUE;
    private int starts;

    /// What an encoder must have before anything else, until it is taken.
    private @Nullable ByteBuf head;

    private int queuedBytes;
    private long baseMs;
    private int compositionMs;
    private long newestMs;

    LadderFeed(Configured video) {
        this.video = video;
        this.tracks = new StreamTracks(video, null);
    }

    /// Borrows `unit`, which is of the video.
    ///
    /// @param startsSegment whether the source's segment starts with it
    synchronized Added add(AccessUnit unit, boolean startsSegment) {
        long time = unit.decodeTimeMs();
        switch (state) {
            case CLOSED -> {
                return Added.NO;
            }
            case WAITING -> {
                if (waitingSinceMs == Long.MIN_VALUE) {
                    waitingSinceMs = time;
                }
                boolean here =
                        startsSegment || !everFlowed || time - waitingSinceMs > LONGEST_WAIT_MS;
                if (!unit.keyFrame() || !here) {
                    return Added.NO;
                }
                start(unit);
            }
            case SKIPPING -> {
                if (!unit.keyFrame()) {
                    return Added.NO;
                }
                state = State.FLOWING;
            }
            case FLOWING -> {
                Waiting oldest = queue.peekFirst();
                if (oldest != null
                        && (time - oldest.timeMs() > MAX_WAITING_MS
                                || queuedBytes > MAX_WAITING_BYTES)) {
                    clear();
                    state = State.SKIPPING;
                    return Added.OVERFLOW;
                }
            }
        }
        put(unit);
        notifyAll();
        return Added.YES;
    }

    private void start(AccessUnit key) {
        state = State.FLOWING;
        everFlowed = true;
        baseMs = key.decodeTimeMs() - FIRST_MS;
        compositionMs = key.compositionTimeMs();
        ByteBuf opening = ByteBufAllocator.DEFAULT.buffer(1024);
        framing.opening(tracks, opening);
        ByteBuf configuration = Unpooled.buffer(1024);
        framing.configuration(tracks, FIRST_MS, configuration);
        // The metadata comes first, and says nothing that an encoder needs.
        configuration.skipBytes(TAG_FRAME_BYTES + configuration.getUnsignedMedium(TAG_SIZE_AT));
        head = opening.writeBytes(configuration);
    }

    private void put(AccessUnit unit) {
        newestMs = unit.decodeTimeMs();
        ByteBuf tag = ByteBufAllocator.DEFAULT.buffer(unit.data().readableBytes() + 64);
        var moved =
                new AccessUnit(
                        unit.kind(),
                        unit.keyFrame(),
                        newestMs - baseMs,
                        unit.compositionTimeMs(),
                        unit.data());
        framing.unit(video.codec(), moved, tag);
        queue.add(new Waiting(tag, newestMs));
        queuedBytes += tag.readableBytes();
    }

    /// The next bytes for the encoder, owned by the caller; null when it is closed or restarted.
    ///
    /// @param of what {@link #awaitStart} said
    synchronized @Nullable ByteBuf take(int of) throws InterruptedException {
        while (head == null && queue.isEmpty() && state != State.CLOSED && of == starts) {
            wait();
        }
        if (state == State.CLOSED || of != starts) {
            return null;
        }
        ByteBuf first = head;
        if (first != null) {
            head = null;
            return first;
        }
        ByteBuf tag = queue.removeFirst().tag();
        queuedBytes -= tag.readableBytes();
        return tag;
    }

    synchronized boolean hasMore() {
        return head != null || !queue.isEmpty();
    }

    /// Waits for the key frame to start with.
    ///
    /// @return the number of this start; -1 when it is closed
    synchronized int awaitStart() throws InterruptedException {
        while (state == State.WAITING) {
            wait();
        }
        return state == State.CLOSED ? -1 : starts;
    }

    /// Composition time of the key frame that it started with.
    synchronized int compositionMs() {
        return compositionMs;
    }

    /// A time that came out of the encoder, where it can be one at all.
    synchronized long streamTime(long encoderMs) {
        return Math.clamp(baseMs + encoderMs, baseMs, Math.max(baseMs, newestMs) + MAX_WAITING_MS);
    }

    /// Drops what waits; the next encoder starts with a key frame.
    synchronized void restart() {
        if (state != State.CLOSED) {
            clear();
            dropHead();
            state = State.WAITING;
            waitingSinceMs = Long.MIN_VALUE;
            starts++;
            notifyAll();
        }
    }

    synchronized void close() {
        clear();
        dropHead();
        state = State.CLOSED;
        notifyAll();
    }

    private void dropHead() {
        if (head != null) {
            head.release();
            head = null;
        }
    }

    private void clear() {
        queue.forEach(waiting -> waiting.tag().release());
        queue.clear();
        queuedBytes = 0;
    }
}
