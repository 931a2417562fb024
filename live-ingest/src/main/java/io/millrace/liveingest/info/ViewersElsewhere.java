package io.millrace.liveingest.info;

import com.github.benmanes.caffeine.cache.Ticker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Who watches this node's streams on other nodes, as these tell every few seconds. What is not
/// told again counts for {@link #COUNTS_FOR}: its node is gone. Bounded; thread-safe.
public final class ViewersElsewhere {
    /// Four times as long as nodes take to tell.
    static final Duration COUNTS_FOR = Duration.ofSeconds(20);

    /// That may have viewers of one stream.
    static final int MAX_NODES = 250;

    private record Share(Map<String, Integer> viewers, long toldNanos) {}

    private final Predicate<String> here;
    private final Ticker ticker;

    /// By stream, then by node; guarded by `this`.
    private final Map<String, Map<String, Share>> shares = new HashMap<>();

    private long sweptNanos;

    /// @param here whether a stream is this node's
    public ViewersElsewhere(Predicate<String> here, Ticker ticker) {
        this.here = here;
        this.ticker = ticker;
        sweptNanos = ticker.read();
    }

    /// What became of it.
    ///
    /// @param unknown streams that are not here
    /// @param full streams of which so many nodes have viewers that this one's do not count
    record Kept(List<String> unknown, List<String> full) {}

    /// Takes what a node tells for what it told before.
    synchronized Kept keep(NodeViewers told) {
        long now = ticker.read();
        sweep(now);
        var unknown = new ArrayList<String>();
        var full = new ArrayList<String>();
        told.streams()
                .forEach(
                        (stream, viewers) -> {
                            if (!here.test(stream)) {
                                unknown.add(stream);
                            } else if (viewers.isEmpty()) {
                                forget(stream, told.node());
                            } else if (!put(stream, told.node(), new Share(viewers, now))) {
                                full.add(stream);
                            }
                        });
        return new Kept(unknown, full);
    }

    private boolean put(String stream, String node, Share share) {
        Map<String, Share> nodes = shares.computeIfAbsent(stream, _ -> new HashMap<>());
        if (nodes.size() >= MAX_NODES && !nodes.containsKey(node)) {
            return false;
        }
        nodes.put(node, share);
        return true;
    }

    private void forget(String stream, String node) {
        Map<String, Share> nodes = shares.get(stream);
        if (nodes != null) {
            nodes.remove(node);
            if (nodes.isEmpty()) {
                shares.remove(stream);
            }
        }
    }

    /// Who watches a stream, by node and then by kind.
    synchronized Map<String, Map<String, Integer>> byNode(String stream) {
        long now = ticker.read();
        var found = new TreeMap<String, Map<String, Integer>>();
        shares.getOrDefault(stream, Map.of())
                .forEach(
                        (node, share) -> {
                            if (!isOver(share, now)) {
                                found.put(node, share.viewers());
                            }
                        });
        return found;
    }

    /// How many there are, of all streams.
    synchronized int total() {
        long now = ticker.read();
        sweep(now);
        return shares.values().stream()
                .flatMap(nodes -> nodes.values().stream())
                .filter(share -> !isOver(share, now))
                .flatMap(share -> share.viewers().values().stream())
                .mapToInt(Integer::intValue)
                .sum();
    }

    private void sweep(long now) {
        if (now - sweptNanos < COUNTS_FOR.toNanos() / 4) {
            return;
        }
        sweptNanos = now;
        shares.values()
                .removeIf(
                        nodes -> {
                            nodes.values().removeIf(share -> isOver(share, now));
                            return nodes.isEmpty();
                        });
    }

    private static boolean isOver(Share share, long now) {
        return now - share.toldNanos() > COUNTS_FOR.toNanos();
    }
}
