package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.MultitrackMessage;
import io.millrace.liveingest.stream.PublisherConnection.DisconnectReason;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One rendition of a stream: its publishers on one side, its subscribers on the other.
///
/// It outlives publishers: one that comes back within the resume window, or takes over, goes on where
/// the last one stopped. A second encoder with the other ingest index (primary and backup) is kept
/// beside the active one and goes on air from its last key frame when that one is lost or silent.
///
///     (made) -> Live [+ standby] -> Waiting -> Live ...
///                                     |
///                                     +-> Ended      resume window over, or shut down
///
/// Its stream's event loop only, where not marked otherwise.
public final class LiveSource {
    private static final Logger log = LoggerFactory.getLogger(LiveSource.class);

    /// An active encoder that sends nothing for so long gives way to one on standby.
    private static final long SILENT_MS = 3000;

    private sealed interface State {
        record Live(StreamPublisher publisher, StreamAssembler assembler) implements State {}

        record Waiting(Future<?> deadline) implements State {}

        record Ended() implements State {}
    }

    private record Standby(StreamPublisher publisher, StandbyFeed feed) {}

    private final LiveStream stream;
    private final String rendition;
    private final LiveStreamOptions options;
    private final LiveMetrics metrics;
    private final StreamTimeline timeline;
    private final KeyFrameCache keyFrames = new KeyFrameCache();
    private final List<StreamSubscriber> subscribers = new ArrayList<>();
    private @Nullable State state;
    private @Nullable Standby standby;
    private @Nullable StreamTracks tracks;
    private @Nullable StreamInfo info;
    private long lastMediaNanos;
    private final SourceHealth health;
    private final TracksBeside beside;
    private boolean derived;

    LiveSource(
            LiveStream stream, String rendition, LiveStreamOptions options, LiveMetrics metrics) {
        this.stream = stream;
        this.rendition = rendition;
        this.options = options;
        this.metrics = metrics;
        this.timeline = new StreamTimeline(stream.clock());
        this.health = new SourceHealth(this);
        this.beside = new TracksBeside(stream, rendition);
    }

    /// Thread-safe.
    public LiveStream stream() {
        return stream;
    }

    /// Thread-safe; see {@link Renditions}.
    public String rendition() {
        return rendition;
    }

    /// Who publishes, or published last.
    public @Nullable StreamInfo info() {
        return info;
    }

    /// What it consists of; null before the first key frame.
    public @Nullable StreamTracks tracks() {
        return tracks;
    }

    /// Thread-safe.
    public SourceHealth health() {
        return health;
    }

    /// Whether this node makes it of another source of the stream, rather than an encoder.
    boolean isDerived() {
        return derived;
    }

    boolean hasStandby() {
        return standby != null;
    }

    public boolean isLive() {
        return state instanceof State.Live;
    }

    /// Whether nothing comes of it any more.
    public boolean isEnded() {
        return state instanceof State.Ended;
    }

    /// Adds a subscriber. One that comes in the middle gets the tracks and the units since the last
    /// key frame first.
    public void subscribe(StreamSubscriber subscriber) {
        assert stream.loop().inEventLoop();
        StreamTracks now = tracks;
        if (now != null) {
            subscriber.tracks(now, false);
            keyFrames.replayTo(subscriber);
        }
        subscribers.add(subscriber);
    }

    public void unsubscribe(StreamSubscriber subscriber) {
        assert stream.loop().inEventLoop();
        subscribers.remove(subscriber);
    }

    /// Whether anybody follows it.
    public boolean isFollowed() {
        assert stream.loop().inEventLoop();
        return !subscribers.isEmpty();
    }

    /// Null when this source has ended and another is to be made.
    @Nullable PublishResult attach(
            PublisherConnection connection,
            StreamInfo accepted,
            boolean sameLoop,
            boolean isDerived) {
        var publisher = new StreamPublisher(this, connection, accepted, sameLoop, isDerived);
        switch (state) {
            case null -> activate(publisher);
            case State.Ended _ -> {
                return null;
            }
            case State.Waiting(Future<?> deadline) -> {
                deadline.cancel(false);
                log.info("live {}: publisher is back: {}", logName(), connection.remoteAddress());
                activate(publisher);
            }
            case State.Live(StreamPublisher active, StreamAssembler assembler) -> {
                boolean other = active.info().index() != accepted.index();
                StreamPublisher rival =
                        !other ? active : standby == null ? null : standby.publisher();
                if (rival != null && options.conflictPolicy() == PublishConflictPolicy.REFUSE) {
                    log.warn(
                            "live {}: refused {}: {} publishes it",
                            logName(),
                            connection.remoteAddress(),
                            rival.connection().remoteAddress());
                    return new PublishResult.Busy();
                }
                if (rival != null) {
                    log.info(
                            "live {}: {} takes over from {}",
                            logName(),
                            connection.remoteAddress(),
                            rival.connection().remoteAddress());
                    rival.connection().disconnect(DisconnectReason.TAKEN_OVER);
                }
                if (other) {
                    standBy(publisher);
                } else {
                    assembler.close();
                    beside.leave(false);
                    subscribers.forEach(StreamSubscriber::interrupted);
                    activate(publisher);
                }
            }
        }
        return new PublishResult.Accepted(publisher);
    }

    private void activate(StreamPublisher publisher) {
        boolean first = state == null;
        info = publisher.info();
        derived = publisher.isDerived();
        keyFrames.clear();
        lastMediaNanos = System.nanoTime();
        state =
                new State.Live(
                        publisher,
                        new StreamAssembler(
                                logName(), timeline, LiveSource::nowMs, !first, new Fanout()));
        if (derived) {
            timeline.keepTimes();
        }
        health.publisherCame(nowMs());
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    private void standBy(StreamPublisher publisher) {
        if (standby != null) {
            standby.feed().close();
        }
        standby = new Standby(publisher, new StandbyFeed());
        log.info(
                "live {}: {} stands by as ingest {}",
                logName(),
                publisher.connection().remoteAddress(),
                publisher.info().index());
    }

    void media(StreamPublisher from, TrackKind kind, long timestamp, ByteBuf body) {
        if (!(state instanceof State.Live(StreamPublisher active, StreamAssembler assembler))) {
            return;
        }
        if (active == from) {
            metrics.bytesIn(body.readableBytes());
            lastMediaNanos = System.nanoTime();
            if (isMultitrack(kind, body)) {
                try {
                    beside.split(active.info(), assembler, kind, timestamp, body);
                } catch (FlvException e) {
                    dropped("malformed");
                    log.debug("live {}: multitrack message: {}", logName(), e.getMessage());
                }
            } else {
                assembler.media(kind, timestamp, body);
            }
        } else if (standby != null && standby.publisher() == from) {
            metrics.bytesIn(body.readableBytes());
            standby.feed().add(kind, timestamp, body);
            if (System.nanoTime() - lastMediaNanos > TimeUnit.MILLISECONDS.toNanos(SILENT_MS)) {
                log.warn("live {}: the active encoder is silent", logName());
                active.connection().disconnect(DisconnectReason.TAKEN_OVER);
                assembler.close();
                switchOver(standby);
            }
        }
    }

    private boolean isMultitrack(TrackKind kind, ByteBuf body) {
        try {
            return MultitrackMessage.is(kind, body);
        } catch (FlvException _) {
            return false; // the assembler says what is wrong
        }
    }

    /// One unit of a rendition that this node makes of this source. Takes `body` over: a video
    /// tag's body.
    ///
    /// @param rendition its name, as {@link Renditions} has them
    /// @param timeMs decode time on the stream's line
    public void derived(String rendition, long timeMs, ByteBuf body) {
        assert stream.loop().inEventLoop();
        StreamPublisher publisher =
                state instanceof State.Live(StreamPublisher active, _)
                        ? beside.derived(active.info(), rendition)
                        : null;
        if (publisher == null) {
            body.release();
            dropped("derived");
        } else {
            publisher.media(TrackKind.VIDEO, timeMs, body);
        }
    }

    /// No more units of derived renditions come.
    public void derivedStopped() {
        assert stream.loop().inEventLoop();
        beside.leaveDerived();
    }

    private void dropped(String why) {
        health.dropped();
        metrics.unitDropped(why);
    }

    private void switchOver(Standby next) {
        beside.leave(false);
        log.warn(
                "live {}: switched to ingest {} at {}",
                logName(),
                next.publisher().info().index(),
                next.publisher().connection().remoteAddress());
        standby = null;
        metrics.switchedOver();
        activate(next.publisher());
        if (state instanceof State.Live(_, StreamAssembler assembler)) {
            next.feed().replayTo(assembler);
        }
    }

    void metadata(StreamPublisher from, boolean hasVideo, boolean hasAudio) {
        if (state instanceof State.Live(StreamPublisher publisher, StreamAssembler assembler)
                && publisher == from) {
            assembler.metadata(hasVideo, hasAudio);
        }
    }

    void leave(StreamPublisher who, boolean saidSo) {
        if (standby != null && standby.publisher() == who) {
            standby.feed().close();
            standby = null;
            log.info("live {}: the encoder on standby is gone", logName());
            return;
        }
        if (!(state instanceof State.Live(StreamPublisher publisher, StreamAssembler assembler))
                || publisher != who) {
            return; // taken over since
        }
        assembler.close();
        if (standby != null) {
            switchOver(standby);
            return;
        }
        beside.leave(saidSo);
        timeline.stopPublisher();
        keyFrames.clear();
        Duration window = saidSo ? options.unpublishWindow() : options.resumeWindow();
        log.info(
                "live {}: publisher {}; waiting {} s for it",
                logName(),
                saidSo ? "stopped" : "lost",
                window.toSeconds());
        subscribers.forEach(StreamSubscriber::interrupted);
        if (window.isZero()) {
            end();
        } else {
            state =
                    new State.Waiting(
                            stream.loop()
                                    .schedule(this::end, window.toMillis(), TimeUnit.MILLISECONDS));
        }
        health.publisherLeft(nowMs());
        stream.sourceLeft(who.info());
    }

    /// Ends the source now, closing its publishers.
    void end() {
        switch (state) {
            case State.Ended _ -> {
                return;
            }
            case State.Live(StreamPublisher publisher, StreamAssembler assembler) -> {
                publisher.connection().disconnect(DisconnectReason.SHUTTING_DOWN);
                assembler.close();
                beside.leave(false);
                timeline.stopPublisher();
                subscribers.forEach(StreamSubscriber::interrupted);
            }
            case State.Waiting(Future<?> deadline) -> deadline.cancel(false);
            case null -> {}
        }
        if (standby != null) {
            standby.publisher().connection().disconnect(DisconnectReason.SHUTTING_DOWN);
            standby.feed().close();
            standby = null;
        }
        state = new State.Ended();
        keyFrames.clear();
        subscribers.forEach(StreamSubscriber::ended);
        subscribers.clear();
        log.info("live {}: ended after {} s", logName(), timeline.endMs() / 1000);
        stream.sourceEnded(this);
    }

    /// What it is called in the log. Thread-safe.
    public String logName() {
        return rendition.equals(Renditions.DEFAULT)
                ? stream.entryId()
                : stream.entryId() + " (" + rendition + ")";
    }

    private final class Fanout implements StreamAssembler.Output {
        @Override
        public void tracks(StreamTracks now, boolean discontinuity) {
            tracks = now;
            keyFrames.clear();
            log.info(
                    "live {}: video {}, audio {}",
                    logName(),
                    now.video() == null ? "none" : now.video().codec(),
                    now.audio() == null ? "none" : now.audio().codec());
            for (StreamSubscriber subscriber : List.copyOf(subscribers)) {
                subscriber.tracks(now, discontinuity);
            }
        }

        @Override
        public void unit(AccessUnit unit) {
            health.unit(unit, nowMs());
            keyFrames.add(unit, tracks != null && tracks.video() != null);
            // By index: a subscriber may leave while it is called.
            for (int i = subscribers.size() - 1; i >= 0; i--) {
                subscribers.get(i).unit(unit);
            }
        }

        @Override
        public void clockJumped() {
            metrics.clockJump();
            health.clockJumped(nowMs());
            subscribers.forEach(StreamSubscriber::clockJumped);
        }

        @Override
        public void dropped(String why) {
            LiveSource.this.dropped(why);
        }
    }
}
