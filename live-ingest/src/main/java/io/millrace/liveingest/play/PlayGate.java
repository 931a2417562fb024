package io.millrace.liveingest.play;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Asked about each player of RTMP and HTTP-FLV whose token is right. Thread-safe; never blocks.
@FunctionalInterface
public interface PlayGate {
    PlayGate OPEN = (_, _, _) -> CompletableFuture.completedFuture(Optional.empty());

    /// Why this player may not watch, for the person; empty when he may.
    CompletionStage<Optional<String>> refusal(
            StreamName name, ViewerKind kind, @Nullable InetAddress address);
}
