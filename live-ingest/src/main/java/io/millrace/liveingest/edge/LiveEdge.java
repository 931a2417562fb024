package io.millrace.liveingest.edge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.info.ViewerCount;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.liveingest.play.SourcesElsewhere;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// Serves streams of other nodes: finds the node, fetches each object once however many ask, and
/// keeps what may be kept. A blocking reload is one request to the origin, whoever waits for it
/// here; a segment of DASH that is still made is passed on chunk by chunk, to all who want it.
///
/// What the origin answers is passed on (404, 410, 400, 503 too). When it cannot be reached, is
/// silent, or says that it does not have the stream, the stream is looked for once more: it may
/// have moved. Thread-safe; never blocks.
public final class LiveEdge implements LiveElsewhere, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveEdge.class);
    private static final int MAX_FETCHES = 10_000;

    /// How long a node may take before another is asked, too. Blocking reloads take longer.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final CachedLocator locator;
    private final Origin origin;
    private final RelayedStreams relays;
    private final MeterRegistry meters;
    private @Nullable ViewerTeller teller;
    private final ConcurrentHashMap<String, CompletableFuture<OriginAnswer>> fetches =
            new ConcurrentHashMap<>();
    private final Cache<String, OriginAnswer.Whole> kept;

    /// No node has the stream.
    private static final class NowhereException extends Exception {
        private static final long serialVersionUID = 1L;

        NowhereException() {
            super("no node has the stream", null, false, false);
        }
    }

    /// @param signer makes the tokens by which this node asks; null where none are needed
    /// @param nodes signs that it is a node which asks; null where nobody is asked about viewers
    /// @param maxKeptBytes of objects that are kept for others who ask
    /// @param loops where relayed streams live
    public LiveEdge(
            StreamLocator locator,
            @Nullable PathSigner signer,
            @Nullable PathSigner nodes,
            InstantSource clock,
            long maxKeptBytes,
            EventLoops loops,
            MeterRegistry meters) {
        this.locator = new CachedLocator(locator, Ticker.systemTicker());
        this.origin = new Origin(signer, nodes, clock);
        this.relays = new RelayedStreams(this.locator, origin, loops, meters);
        this.meters = meters;
        kept =
                Caffeine.newBuilder()
                        .maximumWeight(maxKeptBytes)
                        .<String, OriginAnswer.Whole>weigher(
                                (key, value) -> 200 + key.length() + value.body().length)
                        .expireAfter(
                                Expiry.<String, OriginAnswer.Whole>creating(
                                        (_, answer) -> answer.head().lifetime()))
                        .build();
        meters.gauge("millrace.live.edge.fetches", fetches, ConcurrentHashMap::size);
    }

    /// The same streams for players of RTMP and HTTP-FLV.
    public SourcesElsewhere sources() {
        return relays;
    }

    /// From now on tells the nodes whose streams are watched here how many do so. By who makes and
    /// closes it, once.
    ///
    /// @param node this one's name
    /// @param signer signs what is told; the nodes need the same keys
    /// @param viewers who watches on this node
    /// @param here whether a stream is this node's own
    /// @param every how often
    public void tellViewers(
            String node,
            PathSigner signer,
            ViewerCount viewers,
            Predicate<String> here,
            Duration every) {
        var telling = new ViewerTeller(node, viewers, here, locator, origin, signer, meters);
        teller = telling;
        telling.start(every);
    }

    @Override
    public CompletionStage<Boolean> has(String entryId) {
        return locator.locate(entryId).thenApply(nodes -> !nodes.isEmpty());
    }

    @Override
    public void serve(HttpExchange exchange, String entryId, String name, Runnable found) {
        if (exchange.header(ASKING_NODE) != null) {
            exchange.reply(notHere());
            return;
        }
        String query = directives(exchange.rawQuery());
        String key = entryId + "/" + name + "?" + query;
        OriginAnswer known = kept.getIfPresent(key);
        if (known != null) {
            count("kept");
            answer(exchange, known, found);
            return;
        }
        fetch(key, entryId, name, query)
                .whenComplete(
                        (answer, failure) -> {
                            if (failure == null) {
                                answer(exchange, answer, found);
                            } else {
                                exchange.reply(failed(entryId, name, failure));
                            }
                        });
    }

    private static void answer(HttpExchange exchange, OriginAnswer answer, Runnable found) {
        if (answer.status() == 200) {
            found.run();
        }
        exchange.reply(answer.reply());
    }

    /// Of the query only what the origin acts on, in one order; tokens are ours.
    private static String directives(String rawQuery) {
        var found = new TreeSet<String>();
        for (String pair : rawQuery.split("&", 33)) {
            if (pair.equals("from=start")
                    || pair.startsWith("_HLS_")
                            && pair.matches("_HLS_[a-z]{1,8}=[A-Za-z0-9]{1,20}")) {
                found.add(pair);
            }
        }
        return String.join("&", found);
    }

    private CompletionStage<OriginAnswer> fetch(
            String key, String entryId, String name, String query) {
        var mine = new CompletableFuture<OriginAnswer>();
        CompletableFuture<OriginAnswer> other = fetches.putIfAbsent(key, mine);
        if (other != null) {
            count("joined");
            return other.copy();
        }
        if (fetches.size() > MAX_FETCHES) {
            fetches.remove(key, mine);
            mine.completeExceptionally(new IllegalStateException("too many fetches at a time"));
            return mine;
        }
        count("fetched");
        find(entryId, name, query, true)
                .whenComplete(
                        (answer, failure) -> {
                            switch (answer) {
                                case null -> fetches.remove(key, mine);
                                case OriginAnswer.Whole whole -> {
                                    keep(key, whole);
                                    fetches.remove(key, mine);
                                }
                                case OriginAnswer.Growing(var head, var object) ->
                                        object.whole()
                                                .whenComplete(
                                                        (body, _) -> {
                                                            if (body != null) {
                                                                keep(
                                                                        key,
                                                                        new OriginAnswer.Whole(
                                                                                200,
                                                                                head,
                                                                                body,
                                                                                System.nanoTime()));
                                                            }
                                                            fetches.remove(key, mine);
                                                        });
                            }
                            if (failure == null) {
                                mine.complete(answer);
                            } else {
                                mine.completeExceptionally(failure);
                            }
                        });
        return mine.copy();
    }

    private void keep(String key, OriginAnswer.Whole answer) {
        if (!answer.head().lifetime().isZero()) {
            kept.put(key, answer);
        }
    }

    private CompletionStage<OriginAnswer> find(
            String entryId, String name, String query, boolean again) {
        return locator.locate(entryId)
                .thenCompose(
                        nodes ->
                                nodes.isEmpty()
                                        ? CompletableFuture.failedFuture(new NowhereException())
                                        : first(nodes, entryId, name, query))
                .handle(
                        (answer, failure) -> {
                            boolean moved =
                                    failure != null
                                            ? !(cause(failure) instanceof NowhereException)
                                            : answer.status() == 404
                                                    && name.endsWith("master.m3u8");
                            if (!again || !moved) {
                                return failure == null
                                        ? CompletableFuture.completedFuture(answer)
                                        : CompletableFuture.<OriginAnswer>failedFuture(failure);
                            }
                            locator.forget(entryId);
                            return find(entryId, name, query, false);
                        })
                .thenCompose(stage -> stage);
    }

    private CompletionStage<OriginAnswer> first(
            List<URI> nodes, String entryId, String name, String query) {
        var asking =
                new FirstAnswer(
                        node -> ask(node, entryId, name, query),
                        () -> {
                            locator.forget(entryId);
                            return locator.locate(entryId);
                        },
                        PATIENCE);
        return asking.among(locator.likeliestFirst(entryId, nodes));
    }

    private CompletableFuture<OriginAnswer> ask(
            URI node, String entryId, String name, String query) {
        return origin.ask(node, entryId, "/" + name, query, OriginAnswer.handler())
                .handle(
                        (response, failure) -> {
                            if (failure != null) {
                                log.warn(
                                        "live {}: {} does not answer: {}",
                                        entryId,
                                        node,
                                        cause(failure).toString());
                                throw new CompletionException(cause(failure));
                            }
                            if (response.statusCode() == 200) {
                                locator.had(entryId, node);
                            }
                            return response.body();
                        });
    }

    private HttpReply failed(String entryId, String name, Throwable failure) {
        if (cause(failure) instanceof NowhereException) {
            return notHere();
        }
        count("failed");
        log.warn("live {}: {} cannot be had: {}", entryId, name, cause(failure).toString());
        return unreachable();
    }

    private static HttpReply notHere() {
        return HttpReply.text(404, "There is no such live stream or segment.")
                .cacheControl("max-age=1");
    }

    private static HttpReply unreachable() {
        return HttpReply.text(504, "The node that has this stream does not answer.")
                .header("Retry-After", "1")
                .cacheControl("no-store");
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    private void count(String outcome) {
        meters.counter("millrace.live.edge.requests", "outcome", outcome).increment();
    }

    @Override
    public void close() {
        if (teller != null) {
            teller.close();
        }
        relays.close();
        origin.close();
    }
}
