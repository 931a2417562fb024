package io.millrace.liveingest.gate;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Asked about each player whose token is right. Thread-safe; never blocks.
@FunctionalInterface
public interface PlayGate {
    /// Where nobody is asked.
    PlayGate OPEN = _ -> CompletableFuture.completedFuture(new Verdict.Allowed());

    /// What becomes of a player.
    sealed interface Verdict {
        record Allowed() implements Verdict {}

        /// @param reason for the person who watches
        record Refused(String reason) implements Verdict {}

        /// Nobody could say.
        record Unknown() implements Verdict {
            /// For the person who watches.
            public static final String MESSAGE = "Nobody can be asked now; try again.";
        }
    }

    /// Whether this player may watch.
    CompletionStage<Verdict> ask(PlayQuestion question);
}
