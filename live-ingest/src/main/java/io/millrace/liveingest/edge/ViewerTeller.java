package io.millrace.liveingest.edge;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.info.NodeViewers;
import io.millrace.liveingest.info.ViewerCount;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/// Tells the nodes whose streams are watched on this one how many do so: every five seconds while
/// somebody does, and once when nobody does any more. By a thread of its own; what cannot be told
/// is not kept, as the next says it anew.
///
/// A stream's viewers are told to the first node that says it has it. That one is asked first for
/// half a minute; then the stream is looked for again, as it may have moved.
///
/// Made and closed by anyone; all else on its thread.
final class ViewerTeller implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ViewerTeller.class);
    private static final Duration ANSWER = Duration.ofSeconds(3);
    private static final long TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// Nodes that are asked for one stream, at most.
    private static final int MAX_ROUNDS = 16;

    /// In all; beyond that they are not looked at, whoever watches.
    private static final int MAX_STREAMS = 10_000;

    /// Which node knows of a stream's viewers here.
    ///
    /// @param sinceNanos when it was found
    private record Told(URI node, long sinceNanos) {}

    /// A stream's viewers, which some node is to be told.
    private static final class Wish {
        private final String stream;
        private final Map<String, Integer> viewers;
        private final Queue<URI> nodes = new ArrayDeque<>();
        private final Set<URI> asked = new HashSet<>();
        private boolean located;

        Wish(String stream, Map<String, Integer> viewers) {
            this.stream = stream;
            this.viewers = viewers;
        }
    }

    private final String node;
    private final ViewerCount viewers;
    private final Predicate<String> here;
    private final CachedLocator locator;
    private final Origin origin;
    private final PathSigner signer;
    private final MeterRegistry meters;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("live-viewers").factory());
    private final Map<String, Told> told = new HashMap<>();
    private final Set<URI> failing = new HashSet<>();

    /// @param node this one's name
    /// @param here whether a stream is this node's own
    ViewerTeller(
            String node,
            ViewerCount viewers,
            Predicate<String> here,
            CachedLocator locator,
            Origin origin,
            PathSigner signer,
            MeterRegistry meters) {
        this.node = node;
        this.viewers = viewers;
        this.here = here;
        this.locator = locator;
        this.origin = origin;
        this.signer = signer;
        this.meters = meters;
    }

    void start(Duration every) {
        thread.scheduleWithFixedDelay(
                this::tell, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tell() {
        try {
            tell(wishes());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("live: telling other nodes who watches their streams", e);
        }
    }

    private Collection<Wish> wishes() {
        long now = System.nanoTime();
        var wishes = new LinkedHashMap<String, Wish>();
        viewers.byStream()
                .forEach(
                        (stream, kinds) -> {
                            if (wishes.size() < MAX_STREAMS && !here.test(stream)) {
                                wishes.put(stream, new Wish(stream, kinds));
                            }
                        });
        told.forEach(
                (stream, known) -> {
                    Wish wish = wishes.get(stream);
                    if (wish == null) {
                        wish = new Wish(stream, Map.of());
                        wish.located = true;
                        wish.nodes.add(known.node());
                        wishes.put(stream, wish);
                    } else if (!isOld(known, now)) {
                        wish.nodes.add(known.node());
                    }
                });
        return wishes.values();
    }

    private void tell(Collection<Wish> wishes) throws InterruptedException {
        List<Wish> pending = new ArrayList<>(wishes);
        for (int round = 0; round < MAX_ROUNDS && !pending.isEmpty(); round++) {
            locate(pending);
            var byNode = new LinkedHashMap<URI, List<Wish>>();
            for (Wish wish : pending) {
                URI next = wish.nodes.poll();
                if (next != null && wish.asked.add(next)) {
                    byNode.computeIfAbsent(next, _ -> new ArrayList<>()).add(wish);
                }
            }
            Set<Wish> kept = ask(byNode);
            pending.removeIf(wish -> kept.contains(wish) || wish.located && wish.nodes.isEmpty());
        }
        for (Wish wish : wishes) {
            if (wish.viewers.isEmpty()) {
                told.remove(wish.stream); // was said; where it could not be, it is forgotten there
            }
        }
    }

    /// Finds nodes for those that have none to ask.
    private void locate(List<Wish> wishes) throws InterruptedException {
        record Looking(Wish wish, CompletableFuture<List<URI>> nodes) {}
        var looking = new ArrayList<Looking>();
        for (Wish wish : wishes) {
            if (wish.nodes.isEmpty() && !wish.located) {
                wish.located = true;
                looking.add(new Looking(wish, locator.locate(wish.stream).toCompletableFuture()));
            }
        }
        await(looking.stream().map(Looking::nodes).toList());
        for (Looking found : looking) {
            if (found.nodes().state() == Future.State.SUCCESS) {
                found.wish().nodes.addAll(found.nodes().resultNow());
            }
        }
    }

    /// Tells each node its part, all at the same time.
    ///
    /// @return those that were taken
    private Set<Wish> ask(Map<URI, List<Wish>> byNode) throws InterruptedException {
        record Asked(URI node, List<Wish> wishes, CompletableFuture<HttpResponse<byte[]>> answer) {}
        var asking = new ArrayList<Asked>();
        byNode.forEach(
                (to, wishes) -> {
                    for (int i = 0; i < wishes.size(); i += NodeViewers.MAX_STREAMS) {
                        List<Wish> some =
                                wishes.subList(
                                        i, Math.min(wishes.size(), i + NodeViewers.MAX_STREAMS));
                        var streams = new HashMap<String, Map<String, Integer>>();
                        some.forEach(wish -> streams.put(wish.stream, wish.viewers));
                        byte[] text = new NodeViewers(node, streams).write();
                        asking.add(new Asked(to, some, origin.tell(to, signer, text, ANSWER)));
                    }
                });
        await(asking.stream().map(Asked::answer).toList());
        var kept = new HashSet<Wish>();
        for (Asked asked : asking) {
            Set<String> unknown = answered(asked.node(), asked.answer());
            for (Wish wish : asked.wishes()) {
                if (unknown != null && !unknown.contains(wish.stream)) {
                    kept.add(wish);
                    Told before = told.get(wish.stream);
                    if (before == null
                            || !before.node().equals(asked.node())
                            || isOld(before, System.nanoTime())) {
                        told.put(wish.stream, new Told(asked.node(), System.nanoTime()));
                    }
                }
            }
        }
        return kept;
    }

    /// The streams that a node does not have; null when it did not answer as it should.
    private @Nullable Set<String> answered(URI to, CompletableFuture<HttpResponse<byte[]>> answer) {
        String trouble;
        try {
            HttpResponse<byte[]> response = answer.getNow(null);
            if (response == null) {
                answer.cancel(true);
                trouble = "it does not answer";
            } else if (response.statusCode() == 200) {
                Set<String> unknown = Set.copyOf(NodeViewers.readAnswer(response.body()));
                if (failing.remove(to)) {
                    log.info("live: {} is told again who watches its streams here", to);
                }
                count("told");
                return unknown;
            } else {
                String text = new String(response.body(), StandardCharsets.UTF_8).strip();
                trouble =
                        response.statusCode()
                                + " "
                                + text.substring(0, Math.min(200, text.length()))
                                        .replaceAll("\\p{Cntrl}", " ");
            }
        } catch (CompletionException | CancellationException e) {
            trouble = String.valueOf(e.getCause() == null ? e : e.getCause());
        } catch (IllegalArgumentException e) {
            trouble = String.valueOf(e.getMessage());
        }
        if (failing.size() < MAX_STREAMS && failing.add(to)) {
            log.warn("live: {} cannot be told who watches its streams here: {}", to, trouble);
        }
        count("failed");
        return null;
    }

    /// Until all are done, or it has taken too long.
    private static void await(List<? extends CompletableFuture<?>> all)
            throws InterruptedException {
        try {
            CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                    .get(ANSWER.toMillis() + 500, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // Each tells for itself.
        }
    }

    private static boolean isOld(Told known, long now) {
        return now - known.sinceNanos() > TRUSTED_NANOS;
    }

    private void count(String outcome) {
        meters.counter("millrace.live.edge.reports", "outcome", outcome).increment();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
