package io.millrace.liveingest.past;

import java.time.Duration;

/// @param node whose files these are, unique among nodes and the same at every start
/// @param fileLength a file gets no more media; it goes when all of it has left the window
/// @param fileBytes the same in bytes
/// @param maxQueued how much media waits for slow storage before more is lost
/// @param retryAfter after storage failed, when it is tried again
/// @param linger how long the past of a stream that has ended stays
/// @param beat how often a run that keeps anything says that it lives
/// @param deadAfter a node that gave no sign for so long is gone, and others remove what it left
public record PastOptions(
        String node,
        Duration fileLength,
        long fileBytes,
        Duration maxQueued,
        Duration retryAfter,
        Duration linger,
        Duration beat,
        Duration deadAfter) {
    private static final Duration SPARE = Duration.ofMinutes(10);
    private static final Duration SHORTEST_DEATH = Duration.ofMinutes(30);

    /// The same for an earlier run of this node.
    Duration ownDeadAfter() {
        return beat.multipliedBy(3);
    }

    /// @param window how far players may go back, at most
    /// @param playlistLinger how long an ended stream can be watched
    public static PastOptions of(String node, Duration window, Duration playlistLinger) {
        Duration dead = window.plus(SPARE);
        return new PastOptions(
                node,
                Duration.ofMinutes(5),
                512L << 20,
                Duration.ofSeconds(8),
                Duration.ofSeconds(3),
                playlistLinger.plusSeconds(5),
                Duration.ofSeconds(20),
                dead.compareTo(SHORTEST_DEATH) < 0 ? SHORTEST_DEATH : dead);
    }
}
