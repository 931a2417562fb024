package io.millrace.liveingest.edge;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/// Asks those nodes for an object that may have it, one after the other: the next one when one
/// cannot be reached, does not have it, or has not answered for a while. That need not mean that it
/// never will, as a blocking reload takes its time; so it is still listened to, and the first that
/// has the object counts. When all listed were asked and one is silent, the stream is looked for
/// anew: it may have moved. One question each. Thread-safe.
final class FirstAnswer {
    private final Function<URI, CompletableFuture<OriginAnswer>> ask;
    private final Supplier<? extends CompletionStage<List<URI>>> lookAgain;
    private final Duration patience;
    private final CompletableFuture<OriginAnswer> answer = new CompletableFuture<>();

    /// Guarded by `this`, as are all below.
    private final Queue<URI> nodes = new ArrayDeque<>();

    private final Set<URI> asked = new HashSet<>();
    private int awaited;
    private boolean looked;
    private @Nullable OriginAnswer notThere;
    private @Nullable Throwable failure;

    /// @param lookAgain finds where the stream is now
    /// @param patience how long a node is waited for before another is asked, too
    FirstAnswer(
            Function<URI, CompletableFuture<OriginAnswer>> ask,
            Supplier<? extends CompletionStage<List<URI>>> lookAgain,
            Duration patience) {
        this.ask = ask;
        this.lookAgain = lookAgain;
        this.patience = patience;
    }

    /// What the first node says that has it; else that it is not there. Fails where a node that
    /// might have it did not answer.
    ///
    /// @param listed not empty, the likeliest first
    CompletableFuture<OriginAnswer> among(List<URI> listed) {
        synchronized (this) {
            nodes.addAll(listed);
        }
        next();
        return answer;
    }

    private void next() {
        URI node;
        synchronized (this) {
            do {
                node = nodes.poll();
            } while (node != null && !asked.add(node));
            if (node != null) {
                awaited++;
            }
        }
        if (node == null) {
            nobodyLeft();
            return;
        }
        CompletableFuture<OriginAnswer> reply;
        try {
            reply = ask.apply(node);
        } catch (RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        var late =
                new CompletableFuture<Void>()
                        .completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS);
        late.thenRun(
                () -> {
                    if (!answer.isDone()) {
                        next();
                    }
                });
        reply.whenComplete(
                (said, failed) -> {
                    boolean wasInTime = late.cancel(false);
                    said(said, failed, wasInTime);
                });
    }

    private void said(@Nullable OriginAnswer said, @Nullable Throwable failed, boolean wasInTime) {
        if (said != null && said.status() != 404) {
            answer.complete(said);
            return;
        }
        synchronized (this) {
            awaited--;
            if (said != null) {
                notThere = said;
            } else {
                failure = failed;
            }
        }
        if (wasInTime) {
            next();
        } else {
            end();
        }
    }

    private void nobodyLeft() {
        boolean look;
        synchronized (this) {
            look = awaited > 0 && !looked;
            if (look) {
                looked = true;
                awaited++;
            }
        }
        if (!look) {
            end();
            return;
        }
        lookAgain
                .get()
                .whenComplete(
                        (found, _) -> {
                            synchronized (this) {
                                awaited--;
                                if (found != null) {
                                    nodes.addAll(found);
                                }
                            }
                            next();
                        });
    }

    /// When nobody is waited for any more, what was heard counts.
    private void end() {
        OriginAnswer none;
        Throwable why;
        synchronized (this) {
            if (awaited > 0 || !nodes.isEmpty()) {
                return;
            }
            none = notThere;
            why = failure;
        }
        if (why != null || none == null) {
            answer.completeExceptionally(
                    why == null ? new IllegalStateException("no node to ask") : why);
        } else {
            answer.complete(none);
        }
    }
}
