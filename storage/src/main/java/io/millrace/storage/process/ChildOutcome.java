package io.millrace.storage.process;

import java.util.List;

/// How a child ended.
public sealed interface ChildOutcome {
    /// What it last said on its standard error, oldest first; bounded, never complete.
    List<String> lastErrorLines();

    /// By itself.
    record Exited(int code, List<String> lastErrorLines) implements ChildOutcome {}

    /// By us, or by the kernel on our order.
    record Ended(Reason reason, List<String> lastErrorLines) implements ChildOutcome {}

    enum Reason {
        /// The job was taken away or the worker stops.
        CANCELLED,
        WALL_CLOCK,
        NO_PROGRESS,
        CPU,
        OUTPUT_SIZE
    }
}
