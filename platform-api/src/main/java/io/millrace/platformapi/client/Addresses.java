package io.millrace.platformapi.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/// The platform's nodes, and which of them did not answer lately. Thread-safe.
final class Addresses {
    private final List<URI> all;
    private final long restNanos;

    /// `System.nanoTime` until which a node is left alone; 0 for one that is well.
    private final AtomicLongArray restsUntil;

    Addresses(List<URI> all, Duration rest) {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("addresses: none (expected: at least one)");
        }
        this.all = List.copyOf(all);
        this.restNanos = rest.toNanos();
        this.restsUntil = new AtomicLongArray(all.size());
    }

    /// In the order to try: those that are well in the order given, then those that rest, because a
    /// call with a poor chance is better than none.
    List<URI> inOrder() {
        long now = System.nanoTime();
        var well = new ArrayList<URI>();
        var resting = new ArrayList<URI>();
        for (int i = 0; i < all.size(); i++) {
            long until = restsUntil.get(i);
            (until == 0 || until - now <= 0 ? well : resting).add(all.get(i));
        }
        well.addAll(resting);
        return well;
    }

    void failed(URI address) {
        restsUntil.set(all.indexOf(address), Math.max(1, System.nanoTime() + restNanos));
    }

    void answered(URI address) {
        restsUntil.set(all.indexOf(address), 0);
    }
}
