package io.millrace.liveingest.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.liveingest.play.SourcesElsewhere;
import io.millrace.liveingest.play.StreamName;
import io.millrace.liveingest.stream.LiveSource;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/// Streams of other nodes that somebody watches here over RTMP or HTTP-FLV: a {@link StreamRelay}
/// for each, however many watch. Thread-safe; never blocks.
final class RelayedStreams implements SourcesElsewhere, AutoCloseable {
    /// Each is a connection, and the memory of a group of pictures.
    private static final int MAX_RELAYS = 2000;

    private final CachedLocator locator;
    private final FlvUpstream upstream;
    private final EventLoops loops;
    private final Counter pulls;
    private final Counter bytes;
    private final ConcurrentHashMap<StreamName, StreamRelay> relays = new ConcurrentHashMap<>();
    private volatile boolean closed;

    RelayedStreams(CachedLocator locator, Origin origin, EventLoops loops, MeterRegistry meters) {
        this.locator = locator;
        this.upstream = new FlvUpstream(locator, origin);
        this.loops = loops;
        pulls = meters.counter("millrace.live.edge.requests", "outcome", "relayed");
        bytes =
                Counter.builder("millrace.live.edge.relay.in")
                        .baseUnit("bytes")
                        .description("FLV received from other nodes for viewers here")
                        .register(meters);
        meters.gauge("millrace.live.edge.relays", relays, ConcurrentHashMap::size);
    }

    @Override
    public CompletionStage<Optional<StreamName>> locate(List<StreamName> names) {
        StreamName first = names.getFirst();
        return locator.locate(first.entryId())
                .thenCompose(
                        nodes ->
                                !nodes.isEmpty()
                                        ? CompletableFuture.completedFuture(Optional.of(first))
                                        : names.size() == 1
                                                ? CompletableFuture.completedFuture(
                                                        Optional.empty())
                                                : locate(names.subList(1, names.size())));
    }

    @Override
    public CompletionStage<Optional<LiveSource>> find(StreamName name) {
        if (closed || (relays.size() >= MAX_RELAYS && !relays.containsKey(name))) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException(
                            closed ? "going down" : "more than " + MAX_RELAYS + " relays"));
        }
        return relays.computeIfAbsent(
                        name,
                        wanted ->
                                new StreamRelay(
                                        wanted,
                                        upstream,
                                        loops.group().next(),
                                        pulls,
                                        bytes,
                                        over -> relays.remove(wanted, over)))
                .source();
    }

    @Override
    public void close() {
        closed = true;
        relays.values().forEach(StreamRelay::close);
    }
}
