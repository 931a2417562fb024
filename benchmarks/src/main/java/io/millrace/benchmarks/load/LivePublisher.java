package io.millrace.benchmarks.load;

import org.jspecify.annotations.Nullable;

/// One publisher: the clip from its beginning, again and again, at its pace. Its event loop only.
final class LivePublisher {
    private final LiveClip clip;
    private final RtmpLoadConnection connection;
    private final @Nullable Stamps stamps;
    private long startNanos;
    private int next;
    private long round;
    private boolean configured;

    /// @param stamps told of each picture; null where none is stamped
    LivePublisher(LiveClip clip, RtmpLoadConnection connection, @Nullable Stamps stamps) {
        this.clip = clip;
        this.connection = connection;
        this.stamps = stamps;
    }

    RtmpLoadConnection connection() {
        return connection;
    }

    /// Sends what is due.
    void tick(long now) {
        if (!connection.isEstablished()) {
            return;
        }
        if (!configured) {
            configured = true;
            startNanos = now;
            clip.configs.forEach(config -> connection.send(config, 0));
        }
        long dueMs = (now - startNanos) / 1_000_000;
        boolean sent = false;
        while (true) {
            LiveClip.Message message = clip.media.get(next);
            long time = message.timeMs() + round * clip.durationMs;
            if (time > dueMs) {
                break;
            }
            if (stamps != null && message.isPicture()) {
                long stamp = System.nanoTime();
                message.stamp(stamp);
                stamps.add(stamp, startNanos + time * 1_000_000);
            }
            connection.send(message, time);
            sent = true;
            if (++next == clip.media.size()) {
                next = 0;
                round++;
            }
        }
        if (sent) {
            connection.flush();
        }
    }
}
