package io.millrace.liveingest.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.FlvMetadata;
import io.millrace.liveingest.flv.FlvTagDecoder;
import io.millrace.liveingest.play.StreamName;
import io.millrace.liveingest.rtmp.amf.Amf0Reader;
import io.millrace.liveingest.rtmp.amf.AmfException;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.LiveStream;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.liveingest.stream.PublishResult;
import io.millrace.liveingest.stream.PublisherConnection;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One stream of another node as a source on this one: pulled once as HTTP-FLV, published here to
/// whoever joins. The source keeps what came since the newest key frame, so pictures come at once.
///
///     Looking -> Pulling -> Looking ...      lost: looked for elsewhere, viewers wait
///        |          +-----> Ended            the stream has ended, or nobody has watched for a while
///        +----------------> Ended            nowhere
///
/// A pull that is silent for {@link #SILENT_MS} is replaced when another node has the stream. Its
/// event loop only, but for {@link #source} and {@link #close}.
final class StreamRelay {
    private static final Logger log = LoggerFactory.getLogger(StreamRelay.class);

    /// How long a stream whose connection broke is looked for.
    private static final long RESUME_MS = 20_000;

    private static final long RETRY_MS = 1000;
    private static final long WATCH_MS = 2000;
    private static final long SILENT_MS = 8000;

    /// A node keeps a stream without a publisher for a minute; when a connection is silent for
    /// longer, there is none.
    private static final long DEAD_MS = 75_000;

    /// How long a stream that nobody watches is pulled: players reconnect.
    private static final long UNWATCHED_MS = 10_000;

    private sealed interface State {
        /// @param lostNanos since when; null: never found yet
        record Looking(@Nullable Long lostNanos) implements State {}

        record Pulling(Pull pull) implements State {}

        record Ended() implements State {}
    }

    private final StreamName name;
    private final String text;
    private final FlvUpstream upstream;
    private final EventLoop loop;
    private final Counter pulls;
    private final Counter bytes;
    private final Consumer<StreamRelay> onOver;
    private final LiveStreams streams;
    private final CompletableFuture<Optional<LiveSource>> found = new CompletableFuture<>();
    private State state = new State.Looking(null);
    private volatile long wantedNanos = System.nanoTime();
    private boolean probing;

    StreamRelay(
            StreamName name,
            FlvUpstream upstream,
            EventLoop loop,
            Counter pulls,
            Counter bytes,
            Consumer<StreamRelay> onOver) {
        this.name = name;
        this.text =
                name.rendition().isEmpty()
                        ? name.entryId()
                        : name.entryId() + "_" + name.rendition();
        this.upstream = upstream;
        this.loop = loop;
        this.pulls = pulls;
        this.bytes = bytes;
        this.onOver = onOver;
        // Not one of this node's streams: nobody is told, nothing is counted, packaged or recorded.
        streams =
                new LiveStreams(
                        new LiveStreamOptions(
                                PublishConflictPolicy.TAKE_OVER,
                                Duration.ofMillis(2 * RESUME_MS),
                                Duration.ZERO),
                        LiveEvents.NONE,
                        new LiveMetrics(new CompositeMeterRegistry()),
                        (_, _) -> {});
        onLoop(
                () -> {
                    look(upstream.open(name, null));
                    loop.schedule(this::watch, WATCH_MS, TimeUnit.MILLISECONDS);
                });
    }

    /// The source, once the stream is found; empty when it is nowhere. Thread-safe.
    CompletionStage<Optional<LiveSource>> source() {
        wantedNanos = System.nanoTime();
        return found.copy();
    }

    /// Ends it for its viewers, too. Thread-safe.
    void close() {
        onLoop(() -> end("going down"));
    }

    private void look(CompletionStage<Optional<FlvUpstream.Opened>> opening) {
        opening.whenComplete((opened, failure) -> onLoop(() -> looked(opened, failure)));
    }

    private void looked(
            @Nullable Optional<FlvUpstream.Opened> opened, @Nullable Throwable failure) {
        if (!(state instanceof State.Looking(Long lostNanos))) {
            if (opened != null) {
                opened.ifPresent(FlvUpstream.Opened::drop);
            }
        } else if (opened != null && opened.isPresent()) {
            attach(opened.get());
        } else if (lostNanos == null) {
            if (failure != null) {
                found.completeExceptionally(failure);
            }
            end("nowhere");
        } else if (System.nanoTime() - lostNanos > TimeUnit.MILLISECONDS.toNanos(RESUME_MS)) {
            end("not found again");
        } else {
            loop.schedule(
                    () -> look(upstream.openAgain(name, null)), RETRY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void attach(FlvUpstream.Opened opened) {
        var pull = new Pull(opened.node());
        var wish =
                new StreamInfo(
                        name.entryId(),
                        "",
                        0,
                        text,
                        "live",
                        opened.node().toString(),
                        0,
                        Instant.now());
        streams.publish(pull, new LiveStreams.PublishWish(wish, false, null), loop)
                .whenComplete(
                        (result, _) ->
                                onLoop(
                                        () -> {
                                            if (state instanceof State.Looking
                                                    && result
                                                            instanceof
                                                            PublishResult.Accepted(
                                                                    StreamPublisher publisher)) {
                                                pull(pull, publisher, opened);
                                            } else {
                                                opened.drop();
                                                end("cannot be had");
                                            }
                                        }));
    }

    private void pull(Pull pull, StreamPublisher publisher, FlvUpstream.Opened opened) {
        log.info("live {}: pulled from {}", text, opened.node());
        pulls.increment();
        state = new State.Pulling(pull);
        pull.publisher = publisher;
        opened.body().subscribe(pull);
        LiveSource source = relayed();
        if (source == null) {
            end("cannot be had");
        } else {
            found.complete(Optional.of(source));
        }
    }

    private @Nullable LiveSource relayed() {
        LiveStream stream = streams.get(name.entryId());
        return stream == null || stream.sources().isEmpty()
                ? null
                : stream.sources().iterator().next();
    }

    /// A pull is over.
    ///
    /// @param ended whether the node said so: then it is not waited for
    private void lost(Pull pull, boolean ended, String why) {
        if (!(state instanceof State.Pulling(Pull now)) || now != pull) {
            return;
        }
        log.info("live {}: {} {}", text, pull.node, why);
        pull.leave();
        long patience = ended ? TimeUnit.MILLISECONDS.toNanos(RESUME_MS + 1) : 0;
        state = new State.Looking(System.nanoTime() - patience);
        look(upstream.openAgain(name, null));
    }

    /// Looks now and then whether anybody watches, and whether anything comes.
    private void watch() {
        if (state instanceof State.Ended) {
            return;
        }
        long now = System.nanoTime();
        LiveSource source = relayed();
        if (source != null && source.isFollowed()) {
            wantedNanos = now;
        } else if (isOver(now - wantedNanos, UNWATCHED_MS) && found.isDone()) {
            end("watched by nobody");
            return;
        }
        if (state instanceof State.Pulling(Pull pull)) {
            long silent = now - pull.lastNanos;
            if (isOver(silent, DEAD_MS)) {
                lost(pull, false, "is silent");
            } else if (isOver(silent, SILENT_MS) && !probing) {
                probing = true;
                upstream.openAgain(name, pull.node)
                        .whenComplete((opened, _) -> onLoop(() -> probed(pull, opened)));
            }
        }
        loop.schedule(this::watch, WATCH_MS, TimeUnit.MILLISECONDS);
    }

    private void probed(Pull silent, @Nullable Optional<FlvUpstream.Opened> opened) {
        probing = false;
        if (opened == null || opened.isEmpty()) {
            return;
        }
        if (state instanceof State.Pulling(Pull pull)
                && pull == silent
                && isOver(System.nanoTime() - pull.lastNanos, SILENT_MS)) {
            log.info("live {}: {} is silent, {} has it", text, pull.node, opened.get().node());
            pull.leave();
            state = new State.Looking(System.nanoTime());
            attach(opened.get());
        } else {
            opened.get().drop();
        }
    }

    private static boolean isOver(long nanos, long limitMs) {
        return nanos > TimeUnit.MILLISECONDS.toNanos(limitMs);
    }

    private void end(String why) {
        State before = state;
        if (before instanceof State.Ended) {
            return;
        }
        state = new State.Ended();
        onOver.accept(this);
        if (before instanceof State.Pulling(Pull pull)) {
            pull.leave();
        }
        if (streams.isLive(name.entryId())) {
            log.info("live {}: no longer relayed: {}", text, why);
            streams.end(name.entryId());
        }
        found.complete(Optional.empty());
    }

    private void onLoop(Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException _) {
            found.complete(Optional.empty()); // the loops are gone, and all viewers with them
        }
    }

    /// One connection to a node, and the publisher that it is here. It reads on when the stream has
    /// worked off what came. Its relay's event loop only, but for what the connection calls.
    private final class Pull implements Flow.Subscriber<List<ByteBuffer>>, PublisherConnection {
        private final URI node;
        private final FlvTagDecoder decoder =
                new FlvTagDecoder(ByteBufAllocator.DEFAULT, this::tag);
        private @Nullable StreamPublisher publisher;
        private Flow.@Nullable Subscription subscription;
        private long lastNanos = System.nanoTime();
        private boolean left;

        Pull(URI node) {
            this.node = node;
        }

        /// Nothing of it counts any more.
        void leave() {
            if (left) {
                return;
            }
            left = true;
            decoder.close();
            if (subscription != null) {
                subscription.cancel();
            }
            if (publisher != null) {
                publisher.leave(false);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription from) {
            onLoop(
                    () -> {
                        subscription = from;
                        if (left) {
                            from.cancel();
                        } else {
                            from.request(1);
                        }
                    });
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            onLoop(() -> received(buffers));
        }

        private void received(List<ByteBuffer> buffers) {
            Flow.Subscription from = subscription;
            if (left || from == null) {
                return;
            }
            lastNanos = System.nanoTime();
            try {
                for (ByteBuffer buffer : buffers) {
                    bytes.increment(buffer.remaining());
                    decoder.read(Unpooled.wrappedBuffer(buffer));
                }
            } catch (FlvException e) {
                lost(this, false, "sends what is no FLV: " + e.getMessage());
                return;
            }
            if (!left) {
                from.request(1);
            }
        }

        private void tag(int type, long timeMs, ByteBuf body) {
            StreamPublisher to = publisher;
            if (to == null || left) {
                body.release();
                return;
            }
            switch (type) {
                case FlvTagDecoder.AUDIO -> to.media(TrackKind.AUDIO, timeMs, body);
                case FlvTagDecoder.VIDEO -> to.media(TrackKind.VIDEO, timeMs, body);
                case FlvTagDecoder.SCRIPT -> {
                    try {
                        FlvMetadata metadata = FlvMetadata.read(Amf0Reader.readAll(body));
                        if (metadata != null) {
                            to.metadata(metadata.hasVideo(), metadata.hasAudio());
                        }
                    } catch (AmfException e) {
                        log.debug("live {}: metadata: {}", text, e.getMessage());
                    } finally {
                        body.release();
                    }
                }
                default -> body.release();
            }
        }

        @Override
        public void onError(Throwable failure) {
            onLoop(() -> lost(this, false, "broke off: " + failure));
        }

        @Override
        public void onComplete() {
            onLoop(() -> lost(this, true, "has ended it"));
        }

        /// By its own stream only: that has ended.
        @Override
        public void disconnect(DisconnectReason reason) {
            onLoop(this::leave);
        }

        /// Stream and connection live on one event loop: what came is worked off when it is asked
        /// whether to go on.
        @Override
        public void setReading(boolean reading) {}

        @Override
        public String remoteAddress() {
            return node.toString();
        }
    }
}
