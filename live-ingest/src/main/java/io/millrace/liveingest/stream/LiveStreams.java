package io.millrace.liveingest.stream;

import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;

/// All streams of this node, by entry id. Thread-safe.
public final class LiveStreams {
    private final LiveStreamOptions options;
    private final LiveEvents events;
    private final LiveMetrics metrics;
    private final BiConsumer<LiveSource, PublishWish> onSource;
    private final ConcurrentHashMap<String, LiveStream> streams = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /// What an authorised publisher wants.
    ///
    /// @param dvr how far players may go back, within what the configuration allows; null for that
    public record PublishWish(StreamInfo stream, boolean record, @Nullable Duration dvr) {}

    /// @param onSource adds a new source's subscribers, on its stream's event loop, before its
    ///   publisher is attached
    public LiveStreams(
            LiveStreamOptions options,
            LiveEvents events,
            LiveMetrics metrics,
            BiConsumer<LiveSource, PublishWish> onSource) {
        this.options = options;
        this.events = events;
        this.metrics = metrics;
        this.onSource = onSource;
    }

    public boolean isLive(String entryId) {
        return streams.containsKey(entryId);
    }

    /// The stream of an entry that is live here, or waits for its publisher.
    public @Nullable LiveStream get(String entryId) {
        return streams.get(entryId);
    }

    /// All of them, in no order.
    public List<LiveStream> all() {
        return List.copyOf(streams.values());
    }

    /// Gives a publisher its stream, making it when there is none.
    ///
    /// @param loop the connection's; a new stream lives there
    public CompletionStage<PublishResult> publish(
            PublisherConnection connection, PublishWish wish, EventExecutor loop) {
        var result = new CompletableFuture<PublishResult>();
        attempt(connection, wish, loop, result);
        return result;
    }

    private void attempt(
            PublisherConnection connection,
            PublishWish wish,
            EventExecutor from,
            CompletableFuture<PublishResult> result) {
        if (draining) {
            result.complete(new PublishResult.ShuttingDown());
            return;
        }
        String entryId = wish.stream().entryId();
        LiveStream stream =
                streams.computeIfAbsent(
                        entryId,
                        id -> {
                            var made =
                                    new LiveStream(
                                            id, from, options, events, metrics, this::forget);
                            metrics.streams().incrementAndGet();
                            return made;
                        });
        try {
            stream.loop()
                    .execute(
                            () -> {
                                try {
                                    PublishResult answer =
                                            stream.attach(
                                                    connection,
                                                    wish.stream(),
                                                    from,
                                                    source -> onSource.accept(source, wish));
                                    if (answer == null) {
                                        attempt(connection, wish, from, result);
                                    } else {
                                        result.complete(answer);
                                    }
                                } catch (RuntimeException e) {
                                    result.completeExceptionally(e);
                                }
                            });
        } catch (RejectedExecutionException _) {
            result.complete(new PublishResult.ShuttingDown());
        }
    }

    private void forget(LiveStream stream) {
        if (streams.remove(stream.entryId(), stream)) {
            metrics.streams().decrementAndGet();
        }
    }

    /// Ends a stream; its publisher is told.
    public void end(String entryId) {
        LiveStream stream = streams.get(entryId);
        if (stream != null) {
            stream.loop().execute(stream::end);
        }
    }

    /// Ends all streams and accepts no more.
    public CompletionStage<Void> drain() {
        draining = true;
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (LiveStream stream : streams.values()) {
            var end = new CompletableFuture<Void>();
            ends.add(end);
            try {
                stream.loop()
                        .execute(
                                () -> {
                                    stream.end();
                                    end.complete(null);
                                });
            } catch (RejectedExecutionException _) {
                end.complete(null);
            }
        }
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    }
}
