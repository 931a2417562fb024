package io.millrace.liveingest.stream;

import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/// One entry's live stream, from its first publisher to its end: a {@link LiveSource} for each
/// rendition, one {@link StreamClock} for all of them.
///
/// It ends when its last source has ended. One event loop owns it; everything not marked otherwise
/// runs there.
public final class LiveStream {
    private static final Logger log = LoggerFactory.getLogger(LiveStream.class);

    /// Encoders send a handful of renditions; a key must not be a way to fill the memory.
    private static final int MAX_SOURCES = 16;

    private final String entryId;
    private final EventExecutor loop;
    private final LiveStreamOptions options;
    private final LiveEvents events;
    private final LiveMetrics metrics;
    private final Consumer<LiveStream> onEnded;
    private final Instant startedAt = Instant.now();
    private final StreamClock clock = new StreamClock(Clock.systemUTC());
    private final TreeMap<String, LiveSource> sources = new TreeMap<>();
    private final ConcurrentSkipListMap<String, SourceHealth> reports =
            new ConcurrentSkipListMap<>();
    private volatile @Nullable StreamInfo info;
    private @Nullable Consumer<LiveSource> onSource;
    private int epoch;
    private boolean interrupted;
    private boolean ended;

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

    public StreamClock clock() {
        return clock;
    }

    /// Who publishes, or published last. Thread-safe.
    public @Nullable StreamInfo info() {
        return info;
    }

    /// By rendition.
    public Collection<LiveSource> sources() {
        return List.copyOf(sources.values());
    }

    public @Nullable LiveSource source(String rendition) {
        return sources.get(rendition);
    }

    /// Null when this stream has ended and another is to be made.
    ///
    /// @param onSource told of a rendition that is new, before its publisher is attached
    @Nullable PublishResult attach(
            PublisherConnection connection,
            StreamInfo wish,
            EventExecutor from,
            Consumer<LiveSource> onSource) {
        assert loop.inEventLoop();
        if (ended) {
            return null;
        }
        this.onSource = onSource;
        boolean first = sources.isEmpty();
        String rendition = wish.rendition();
        LiveSource source = sources.get(rendition);
        if (source == null) {
            if (sources.size() == MAX_SOURCES) {
                log.warn("live {}: refused rendition {}: too many", entryId, rendition);
                return new PublishResult.Busy();
            }
            source = new LiveSource(this, rendition, options, metrics);
            sources.put(rendition, source);
            reports.put(rendition, source.health());
            onSource.accept(source);
        }
        var accepted =
                new StreamInfo(
                        entryId,
                        wish.partnerId(),
                        wish.index(),
                        wish.streamName(),
                        wish.app(),
                        wish.remoteAddress(),
                        epoch + 1,
                        startedAt);
        boolean wasLive = source.isLive();
        PublishResult result = source.attach(connection, accepted, from == loop, false);
        if (result instanceof PublishResult.Accepted) {
            epoch++;
            info = accepted;
            if (first) {
                log.info("live {}: published by {}", source.logName(), connection.remoteAddress());
                events.streamStarted(accepted);
            } else if (interrupted || wasLive) {
                interrupted = false;
                events.streamResumed(accepted);
            } else {
                log.info(
                        "live {}: rendition {} published by {}",
                        entryId,
                        rendition,
                        connection.remoteAddress());
            }
        }
        return result;
    }

    /// A track of a publisher that is attached already, as a source of its own; null when there are
    /// too many, or an encoder publishes that rendition.
    ///
    /// @param derived whether this node makes it of that publisher's
    @Nullable StreamPublisher attachTrack(StreamInfo publisher, String rendition, boolean derived) {
        assert loop.inEventLoop();
        Consumer<LiveSource> setUp = onSource;
        LiveSource source = sources.get(rendition);
        if (setUp == null
                || ended
                || (source == null ? sources.size() == MAX_SOURCES : source.isLive())) {
            return null;
        }
        if (source == null) {
            source = new LiveSource(this, rendition, options, metrics);
            sources.put(rendition, source);
            reports.put(rendition, source.health());
            setUp.accept(source);
        }
        var accepted =
                new StreamInfo(
                        entryId,
                        publisher.partnerId(),
                        publisher.index(),
                        entryId + "_" + rendition,
                        publisher.app(),
                        publisher.remoteAddress(),
                        publisher.epoch(),
                        startedAt);
        log.info(
                "live {}: {} {} rendition {}",
                entryId,
                publisher.streamName(),
                derived ? "is made into" : "sends",
                rendition);
        return source.attach(
                                new TrackConnection(publisher.remoteAddress()),
                                accepted,
                                true,
                                derived)
                        instanceof PublishResult.Accepted(StreamPublisher attached)
                ? attached
                : null;
    }

    /// Of a track: its publisher's connection is dealt with by the default track's source.
    private record TrackConnection(String remoteAddress) implements PublisherConnection {
        @Override
        public void disconnect(DisconnectReason reason) {}

        @Override
        public void setReading(boolean reading) {}
    }

    /// How its sources are doing, by rendition. Thread-safe, at most a second old.
    public List<SourceReport> reports() {
        return reports.values().stream().map(SourceHealth::report).toList();
    }

    void sourceLeft(StreamInfo who) {
        if (!ended && !interrupted && sources.values().stream().noneMatch(LiveSource::isLive)) {
            interrupted = true;
            events.streamInterrupted(who);
        }
    }

    void sourceEnded(LiveSource source) {
        sources.remove(source.rendition(), source);
        reports.remove(source.rendition(), source.health());
        if (!sources.isEmpty() || ended) {
            return;
        }
        ended = true;
        StreamInfo last = info;
        if (last != null) {
            if (!interrupted) {
                interrupted = true;
                events.streamInterrupted(last);
            }
            events.streamEnded(last);
        }
        onEnded.accept(this);
    }

    /// Ends the stream now, closing its publishers.
    void end() {
        assert loop.inEventLoop();
        sources().forEach(LiveSource::end);
        if (!ended) {
            ended = true; // never had a publisher
            onEnded.accept(this);
        }
    }
}
