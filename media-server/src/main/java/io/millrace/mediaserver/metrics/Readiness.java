package io.millrace.mediaserver.metrics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/// Whether this node can do its work now, check by check. Thread-safe.
public final class Readiness {
    /// What one check says.
    ///
    /// @param hint what an operator can do; empty when all is well
    public record State(boolean ready, String text, String hint) {
        public static State ok(String text) {
            return new State(true, text, "");
        }

        public static State waitingFor(String text, String hint) {
            return new State(false, text, hint);
        }
    }

    /// One check's state, and since when it has been that.
    public record Line(String check, State state, Instant since) {}

    private record Seen(boolean ready, Instant since) {}

    private final Map<String, Supplier<State>> checks = new ConcurrentSkipListMap<>();
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /// Adds or replaces a check. The supplier is called for each question, off the event loop, and
    /// must answer within some seconds.
    public void check(String name, Supplier<State> supplier) {
        checks.put(name, supplier);
    }

    /// From now on the node is not ready: load balancers take it out before it stops.
    public void drain() {
        draining = true;
    }

    public List<Line> lines() {
        var lines = new ArrayList<Line>();
        checks.forEach((name, supplier) -> lines.add(line(name, supplier)));
        if (draining) {
            lines.add(
                    new Line(
                            "drain",
                            State.waitingFor("stopping", "Use another node."),
                            Instant.now()));
        }
        return lines;
    }

    private Line line(String name, Supplier<State> supplier) {
        State state;
        try {
            state = supplier.get();
        } catch (RuntimeException e) {
            state = State.waitingFor("check failed: " + e.getMessage(), "See the log.");
        }
        boolean ready = state.ready();
        Seen since =
                seen.compute(
                        name,
                        (_, before) ->
                                before != null && before.ready() == ready
                                        ? before
                                        : new Seen(ready, Instant.now()));
        return new Line(name, state, since.since());
    }
}
