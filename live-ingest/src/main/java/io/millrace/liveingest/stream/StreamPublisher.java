package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// A publisher's way into its stream. Called on the connection's event loop; the stream may live on
/// another, then at most {@link #MAX_IN_FLIGHT} bytes are between the two before the connection
/// stops reading.
public final class StreamPublisher {
    static final long MAX_IN_FLIGHT = 4 << 20;

    private final LiveSource source;
    private final PublisherConnection connection;
    private final StreamInfo info;
    private final AtomicLong inFlight = new AtomicLong();
    private final AtomicBoolean paused = new AtomicBoolean();
    private final boolean handsOver;
    private final boolean derived;

    StreamPublisher(
            LiveSource source,
            PublisherConnection connection,
            StreamInfo info,
            boolean sameLoop,
            boolean derived) {
        this.source = source;
        this.connection = connection;
        this.info = info;
        this.handsOver = !sameLoop;
        this.derived = derived;
    }

    /// Whether its units are made from another source's, and have stream times.
    boolean isDerived() {
        return derived;
    }

    public StreamInfo info() {
        return info;
    }

    PublisherConnection connection() {
        return connection;
    }

    /// Takes `body` over: an FLV tag's body.
    ///
    /// @param timestamp unsigned 32 bit; a stream time of units that are derived
    public void media(TrackKind kind, long timestamp, ByteBuf body) {
        if (!handsOver) {
            try {
                source.media(this, kind, timestamp, body);
            } finally {
                body.release();
            }
            return;
        }
        int size = body.readableBytes();
        if (inFlight.addAndGet(size) > MAX_IN_FLIGHT && paused.compareAndSet(false, true)) {
            connection.setReading(false);
        }
        source.stream()
                .loop()
                .execute(
                        () -> {
                            try {
                                source.media(this, kind, timestamp, body);
                            } finally {
                                body.release();
                                inFlight.addAndGet(-size);
                                resumeWhenDrained();
                            }
                        });
        // The loop may have worked everything off before the pause was noted.
        resumeWhenDrained();
    }

    private void resumeWhenDrained() {
        if (inFlight.get() < MAX_IN_FLIGHT / 2 && paused.compareAndSet(true, false)) {
            connection.setReading(true);
        }
    }

    public void metadata(boolean hasVideo, boolean hasAudio) {
        run(() -> source.metadata(this, hasVideo, hasAudio));
    }

    /// The publisher is gone.
    ///
    /// @param saidSo whether it unpublished, or its connection just broke
    public void leave(boolean saidSo) {
        run(() -> source.leave(this, saidSo));
    }

    private void run(Runnable action) {
        if (handsOver) {
            source.stream().loop().execute(action);
        } else {
            action.run();
        }
    }
}
