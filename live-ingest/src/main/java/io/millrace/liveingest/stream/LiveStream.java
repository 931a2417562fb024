package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.stream.PublisherConnection.DisconnectReason;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One entry's live stream, from its first publisher to its end.
///
/// It outlives publishers: one that comes back within the resume window, or takes over, goes on where
/// the last one stopped. One event loop owns it; everything not marked otherwise runs there.
///
///     (made) -> Live -> Waiting -> Live ...
///                         |
///                         +-> Ended      resume window over, or shut down
public final class LiveStream {
    private static final Logger log = LoggerFactory.getLogger(LiveStream.class);

    private sealed interface State {
        record Live(StreamPublisher publisher, StreamAssembler assembler) implements State {}

        record Waiting(Future<?> deadline) implements State {}

        record Ended() implements State {}
    }

    private final String entryId;
    private final EventExecutor loop;
    private final LiveStreamOptions options;
    private final LiveEvents events;
    private final LiveMetrics metrics;
    private final Consumer<LiveStream> onEnded;
    private final Instant startedAt = Instant.now();
    private final StreamTimeline timeline = new StreamTimeline();
    private final KeyFrameCache keyFrames = new KeyFrameCache();
    private final List<StreamSubscriber> subscribers = new ArrayList<>();
    private @Nullable State state;
    private @Nullable StreamTracks tracks;
    private int epoch;
    private @Nullable StreamInfo info;

    LiveStream(
            String entryId,
            EventExecutor loop,
            LiveStreamOptions options,
            LiveEvents events,
            LiveMetrics metrics,
            Consumer<LiveStream> onEnded) {
        this.entryId = entryId;
        this.loop = loop;
        this.options = options;
        this.events = events;
        this.metrics = metrics;
        this.onEnded = onEnded;
    }

    /// Thread-safe.
    public String entryId() {
        return entryId;
    }

    /// Thread-safe.
    public EventExecutor loop() {
        return loop;
    }

    /// Thread-safe.
    public Instant startedAt() {
        return startedAt;
    }

    /// Who publishes, or published last.
    public @Nullable StreamInfo info() {
        return info;
    }

    /// Adds a subscriber. One that comes in the middle gets the tracks and the units since the last
    /// key frame first.
    public void subscribe(StreamSubscriber subscriber) {
        assert loop.inEventLoop();
        StreamTracks now = tracks;
        if (now != null) {
            subscriber.tracks(now, false);
            keyFrames.replayTo(subscriber);
        }
        subscribers.add(subscriber);
    }

    public void unsubscribe(StreamSubscriber subscriber) {
        assert loop.inEventLoop();
        subscribers.remove(subscriber);
    }

    /// Null when this stream has ended and another is to be made.
    @Nullable PublishResult attach(
            PublisherConnection connection, StreamInfo wish, EventExecutor from) {
        assert loop.inEventLoop();
        boolean first = state == null;
        switch (state) {
            case null -> {}
            case State.Ended _ -> {
                return null;
            }
            case State.Waiting(Future<?> deadline) -> {
                deadline.cancel(false);
                log.info("live {}: publisher is back: {}", entryId, connection.remoteAddress());
            }
            case State.Live(StreamPublisher old, StreamAssembler assembler) -> {
                if (options.conflictPolicy() == PublishConflictPolicy.REFUSE) {
                    log.warn(
                            "live {}: refused {}: {} publishes it",
                            entryId,
                            connection.remoteAddress(),
                            old.connection().remoteAddress());
                    return new PublishResult.Busy();
                }
                log.info(
                        "live {}: {} takes over from {}",
                        entryId,
                        connection.remoteAddress(),
                        old.connection().remoteAddress());
                old.connection().disconnect(DisconnectReason.TAKEN_OVER);
                assembler.close();
                subscribers.forEach(StreamSubscriber::interrupted);
            }
        }
        epoch++;
        var accepted =
                new StreamInfo(
                        entryId,
                        wish.partnerId(),
                        wish.index(),
                        wish.streamName(),
                        wish.app(),
                        wish.remoteAddress(),
                        epoch,
                        startedAt);
        info = accepted;
        var publisher = new StreamPublisher(this, connection, accepted, from == loop);
        keyFrames.clear();
        var assembler =
                new StreamAssembler(
                        entryId,
                        options.supported(),
                        timeline,
                        () -> System.nanoTime() / 1_000_000,
                        !first,
                        new Fanout());
        state = new State.Live(publisher, assembler);
        if (first) {
            log.info("live {}: published by {}", entryId, connection.remoteAddress());
            events.streamStarted(accepted);
        } else {
            events.streamResumed(accepted);
        }
        return new PublishResult.Accepted(publisher);
    }

    void media(StreamPublisher from, TrackKind kind, long timestamp, ByteBuf body) {
        if (state instanceof State.Live(StreamPublisher publisher, StreamAssembler assembler)
                && publisher == from) {
            metrics.bytesIn(body.readableBytes());
            assembler.media(kind, timestamp, body);
        }
    }

    void metadata(StreamPublisher from, boolean hasVideo, boolean hasAudio) {
        if (state instanceof State.Live(StreamPublisher publisher, StreamAssembler assembler)
                && publisher == from) {
            assembler.metadata(hasVideo, hasAudio);
        }
    }

    void leave(StreamPublisher who, boolean saidSo) {
        if (!(state instanceof State.Live(StreamPublisher publisher, StreamAssembler assembler))
                || publisher != who) {
            return; // taken over since
        }
        assembler.close();
        keyFrames.clear();
        Duration window = saidSo ? options.unpublishWindow() : options.resumeWindow();
        log.info(
                "live {}: publisher {}; waiting {} s for it",
                entryId,
                saidSo ? "stopped" : "lost",
                window.toSeconds());
        subscribers.forEach(StreamSubscriber::interrupted);
        events.streamInterrupted(who.info());
        if (window.isZero()) {
            end();
        } else {
            state =
                    new State.Waiting(
                            loop.schedule(this::end, window.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    /// Ends the stream now, closing its publisher.
    void end() {
        assert loop.inEventLoop();
        switch (state) {
            case State.Ended _ -> {
                return;
            }
            case State.Live(StreamPublisher publisher, StreamAssembler assembler) -> {
                publisher.connection().disconnect(DisconnectReason.SHUTTING_DOWN);
                assembler.close();
                subscribers.forEach(StreamSubscriber::interrupted);
            }
            case State.Waiting(Future<?> deadline) -> deadline.cancel(false);
            case null -> {}
        }
        state = new State.Ended();
        keyFrames.clear();
        subscribers.forEach(StreamSubscriber::ended);
        subscribers.clear();
        log.info("live {}: ended after {} s", entryId, timeline.endMs() / 1000);
        if (info != null) {
            events.streamEnded(info);
        }
        onEnded.accept(this);
    }

    private final class Fanout implements StreamAssembler.Output {
        @Override
        public void tracks(StreamTracks now, boolean discontinuity) {
            tracks = now;
            keyFrames.clear();
            log.info(
                    "live {}: video {}, audio {}",
                    entryId,
                    now.video() == null ? "none" : now.video().codec(),
                    now.audio() == null ? "none" : now.audio().codec());
            for (StreamSubscriber subscriber : subscribers) {
                subscriber.tracks(now, discontinuity);
            }
        }

        @Override
        public void unit(AccessUnit unit) {
            keyFrames.add(unit, tracks != null && tracks.video() != null);
            for (StreamSubscriber subscriber : subscribers) {
                subscriber.unit(unit);
            }
        }

        @Override
        public void clockJumped() {
            metrics.clockJump();
            subscribers.forEach(StreamSubscriber::clockJumped);
        }

        @Override
        public void dropped(String why) {
            metrics.unitDropped(why);
        }
    }
}
