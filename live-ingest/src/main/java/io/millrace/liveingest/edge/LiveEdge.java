package io.millrace.liveingest.edge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves streams of other nodes: finds the node, fetches each object once however many ask, and
/// keeps what may be kept. A blocking reload is one request to the origin, whoever waits for it
/// here.
///
/// What the origin answers is passed on (404, 410, 400, 503 too). When it cannot be reached, or
/// says that it does not have the stream, the stream is looked for once more: it may have moved.
/// Thread-safe; never blocks.
public final class LiveEdge implements LiveElsewhere, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveEdge.class);
    private static final long MAX_OBJECT_BYTES = 64 << 20;
    private static final int MAX_FETCHES = 10_000;
    private static final Pattern MAX_AGE = Pattern.compile("max-age=([0-9]{1,9})");

    /// Of an origin that holds a blocking reload for three target durations.
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    private final CachedLocator locator;
    private final Origin origin;
    private final HttpClient client;
    private final MeterRegistry meters;
    private final ConcurrentHashMap<String, CompletableFuture<Fetched>> fetches =
            new ConcurrentHashMap<>();
    private final Cache<String, Fetched> kept;

    /// An answer of an origin.
    private record Fetched(int status, String contentType, String cacheControl, byte[] body) {
        /// How long it may be kept; 0 for not at all.
        Duration lifetime() {
            Matcher age = MAX_AGE.matcher(cacheControl);
            return cacheControl.contains("no-store") || !age.find()
                    ? Duration.ZERO
                    : Duration.ofSeconds(Long.parseLong(age.group(1)));
        }
    }

    /// No node has the stream.
    private static final class NowhereException extends Exception {
        private static final long serialVersionUID = 1L;

        NowhereException() {
            super("no node has the stream", null, false, false);
        }
    }

    /// @param signer makes the tokens by which this node asks; null where none are needed
    /// @param maxKeptBytes of objects that are kept for others who ask
    public LiveEdge(
            StreamLocator locator,
            @Nullable PathSigner signer,
            InstantSource clock,
            long maxKeptBytes,
            MeterRegistry meters) {
        this.locator = new CachedLocator(locator, Ticker.systemTicker());
        this.origin = new Origin(signer, clock);
        this.meters = meters;
        client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(2))
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
        kept =
                Caffeine.newBuilder()
                        .maximumWeight(maxKeptBytes)
                        .<String, Fetched>weigher(
                                (key, value) -> 200 + key.length() + value.body().length)
                        .expireAfter(
                                Expiry.<String, Fetched>creating(
                                        (_, fetched) -> fetched.lifetime()))
                        .build();
        meters.gauge("millrace.live.edge.fetches", fetches, ConcurrentHashMap::size);
    }

    @Override
    public void serve(HttpExchange exchange, String entryId, String name) {
        if (exchange.header(Origin.HEADER) != null) {
            exchange.reply(notHere());
            return;
        }
        if (name.endsWith(".flv")) {
            locator.locate(entryId)
                    .whenComplete(
                            (nodes, failure) -> {
                                if (failure != null) {
                                    exchange.reply(unreachable());
                                } else if (nodes.isEmpty()) {
                                    exchange.reply(notHere());
                                } else {
                                    FlvRelay.start(
                                            client,
                                            request(nodes.getFirst(), entryId, name, "", false),
                                            exchange);
                                }
                            });
            return;
        }
        String query = directives(exchange.rawQuery());
        String key = entryId + "/" + name + "?" + query;
        Fetched known = kept.getIfPresent(key);
        if (known != null) {
            count("kept");
            exchange.reply(reply(known));
            return;
        }
        fetch(key, entryId, name, query)
                .whenComplete(
                        (fetched, failure) ->
                                exchange.reply(
                                        failure == null
                                                ? reply(fetched)
                                                : failed(entryId, name, failure)));
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

    private CompletionStage<Fetched> fetch(String key, String entryId, String name, String query) {
        var mine = new CompletableFuture<Fetched>();
        CompletableFuture<Fetched> other = fetches.putIfAbsent(key, mine);
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
                        (fetched, failure) -> {
                            if (fetched != null && !fetched.lifetime().isZero()) {
                                kept.put(key, fetched);
                            }
                            fetches.remove(key, mine);
                            if (failure == null) {
                                mine.complete(fetched);
                            } else {
                                mine.completeExceptionally(failure);
                            }
                        });
        return mine.copy();
    }

    private CompletionStage<Fetched> find(
            String entryId, String name, String query, boolean again) {
        return locator.locate(entryId)
                .thenCompose(
                        nodes ->
                                nodes.isEmpty()
                                        ? CompletableFuture.failedFuture(new NowhereException())
                                        : ask(nodes, 0, entryId, name, query))
                .handle(
                        (fetched, failure) -> {
                            boolean moved =
                                    failure != null
                                            ? !(cause(failure) instanceof NowhereException)
                                            : fetched.status() == 404
                                                    && name.endsWith("master.m3u8");
                            if (!again || !moved) {
                                return failure == null
                                        ? CompletableFuture.completedFuture(fetched)
                                        : CompletableFuture.<Fetched>failedFuture(failure);
                            }
                            locator.forget(entryId);
                            return find(entryId, name, query, false);
                        })
                .thenCompose(stage -> stage);
    }

    /// One node after the other, as long as they cannot be reached or do not have it.
    private CompletionStage<Fetched> ask(
            List<URI> nodes, int index, String entryId, String name, String query) {
        return client.sendAsync(
                        request(nodes.get(index), entryId, name, query, true),
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), MAX_OBJECT_BYTES))
                .thenApply(
                        response ->
                                new Fetched(
                                        response.statusCode(),
                                        response.headers()
                                                .firstValue("Content-Type")
                                                .orElse("application/octet-stream"),
                                        response.headers()
                                                .firstValue("Cache-Control")
                                                .orElse("no-store"),
                                        response.body()))
                .thenCompose(
                        fetched ->
                                fetched.status() == 404 && index + 1 < nodes.size()
                                        ? ask(nodes, index + 1, entryId, name, query)
                                        : CompletableFuture.completedFuture(fetched))
                .exceptionallyCompose(
                        failure -> {
                            log.warn(
                                    "live {}: {} does not answer: {}",
                                    entryId,
                                    nodes.get(index),
                                    cause(failure).toString());
                            return index + 1 < nodes.size()
                                    ? ask(nodes, index + 1, entryId, name, query)
                                    : CompletableFuture.failedFuture(failure);
                        });
    }

    private HttpRequest request(
            URI node, String entryId, String name, String query, boolean bounded) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(origin.url(node, entryId, name, query))
                        .header(Origin.HEADER, "1")
                        .GET();
        return (bounded ? request.timeout(TIMEOUT) : request).build();
    }

    private static HttpReply reply(Fetched fetched) {
        return HttpReply.bytes(fetched.status(), fetched.contentType(), fetched.body())
                .cacheControl(fetched.cacheControl());
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
        client.shutdownNow();
    }
}
