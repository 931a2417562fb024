package io.millrace.liveingest.edge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/// Remembers where streams are for some seconds, where none is for one, and asks once however many
/// want to know. When nobody can be asked, what was true last is taken to be true still.
/// Thread-safe.
final class CachedLocator implements StreamLocator {
    private static final Duration KNOWN = Duration.ofSeconds(5);
    private static final Duration NOWHERE = Duration.ofSeconds(1);
    private static final Duration REMEMBERED = Duration.ofMinutes(1);
    private static final int MAX_STREAMS = 10_000;

    private final StreamLocator asked;
    private final ConcurrentHashMap<String, CompletableFuture<List<URI>>> asking =
            new ConcurrentHashMap<>();
    private final Cache<String, List<URI>> answers;
    private final Cache<String, URI> had;
    private final Cache<String, List<URI>> last =
            Caffeine.newBuilder().maximumSize(MAX_STREAMS).build();

    CachedLocator(StreamLocator asked, Ticker ticker) {
        this.asked = asked;
        had =
                Caffeine.newBuilder()
                        .maximumSize(MAX_STREAMS)
                        .ticker(ticker)
                        .expireAfterWrite(REMEMBERED)
                        .build();
        answers =
                Caffeine.newBuilder()
                        .maximumSize(MAX_STREAMS)
                        .ticker(ticker)
                        .expireAfter(
                                Expiry.<String, List<URI>>creating(
                                        (_, found) -> found.isEmpty() ? NOWHERE : KNOWN))
                        .build();
    }

    @Override
    public CompletionStage<List<URI>> locate(String entryId) {
        List<URI> known = answers.getIfPresent(entryId);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        var mine = new CompletableFuture<List<URI>>();
        CompletableFuture<List<URI>> other = asking.putIfAbsent(entryId, mine);
        if (other != null) {
            return other.copy();
        }
        CompletionStage<List<URI>> answer;
        try {
            answer = asked.locate(entryId);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete(
                (found, failure) -> {
                    List<URI> result = found;
                    if (failure == null) {
                        answers.put(entryId, found);
                        if (!found.isEmpty()) {
                            last.put(entryId, found);
                        }
                    } else {
                        result = last.getIfPresent(entryId);
                    }
                    asking.remove(entryId, mine);
                    if (result != null) {
                        mine.complete(result);
                    } else {
                        mine.completeExceptionally(failure);
                    }
                });
        return mine.copy();
    }

    /// A node has just proved to have a stream.
    void had(String entryId, URI node) {
        had.put(entryId, node);
    }

    /// Nodes with the one first, if it is among them, that proved to have the stream lately: the
    /// others may be dead, and asking those takes time.
    List<URI> likeliestFirst(String entryId, List<URI> nodes) {
        URI known = had.getIfPresent(entryId);
        int at = known == null ? -1 : nodes.indexOf(known);
        if (known == null || at <= 0) {
            return nodes;
        }
        var ordered = new ArrayList<URI>(nodes);
        ordered.remove(at);
        ordered.addFirst(known);
        return ordered;
    }

    /// What is known of it proved wrong: the next question is asked again.
    void forget(String entryId) {
        answers.invalidate(entryId);
    }
}
