package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.message.RtmpMessageType;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// When a connection is given up: no handshake or no connect in time, a publisher that sends no
/// media, a player that answers no ping, anybody who does nothing. Its connection's event loop
/// only.
final class ConnectionWatch {
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// The connection as it is watched.
    interface Watched {
        boolean hasShakenHands();

        /// Whether we read what it sends.
        boolean isRead();

        /// Bytes that came.
        long received();

        void ping(long timeMs);

        /// Does nothing where it is being closed already.
        ///
        /// @param metric one word for the counter of refusals
        void giveUp(String reason, String metric);
    }

    private final Watched watched;
    private final RtmpSession session;
    private final EventExecutor loop;
    private final Duration handshakeTimeout;
    private final Duration silenceTimeout;
    private final LongSupplier nanoTime;
    private @Nullable Future<?> deadline;
    private boolean stopped;

    /// When the last whole message came that is more than talk about the connection itself.
    private long lastSignNanos;

    private long idleSinceNanos;
    private long lastPingNanos;
    private long receivedAtPing;
    private boolean pinged;

    ConnectionWatch(
            Watched watched,
            RtmpSession session,
            EventExecutor loop,
            RtmpServerOptions options,
            LongSupplier nanoTime) {
        this.watched = watched;
        this.session = session;
        this.loop = loop;
        this.handshakeTimeout = options.handshakeTimeout();
        this.silenceTimeout = options.silenceTimeout();
        this.nanoTime = nanoTime;
        lastSignNanos = nanoTime.getAsLong();
        idleSinceNanos = lastSignNanos;
        lastPingNanos = lastSignNanos;
    }

    void start() {
        after(handshakeTimeout.toNanos(), this::checkHandshake);
    }

    /// A whole message of this type came.
    void heard(int messageType) {
        if (isSign(messageType)) {
            lastSignNanos = nanoTime.getAsLong();
        }
    }

    private static boolean isSign(int messageType) {
        return switch (messageType) {
            case RtmpMessageType.AUDIO,
                    RtmpMessageType.VIDEO,
                    RtmpMessageType.AGGREGATE,
                    RtmpMessageType.DATA_AMF0,
                    RtmpMessageType.DATA_AMF3,
                    RtmpMessageType.COMMAND_AMF0,
                    RtmpMessageType.COMMAND_AMF3 ->
                    true;
            default -> false;
        };
    }

    /// It is read again: nothing could come before.
    void hearsAgain() {
        lastSignNanos = nanoTime.getAsLong();
    }

    void stop() {
        stopped = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void after(long nanos, Runnable check) {
        deadline = loop.schedule(check, nanos, TimeUnit.NANOSECONDS);
    }

    private void checkHandshake() {
        if (watched.hasShakenHands()) {
            after(handshakeTimeout.toNanos(), this::checkConnected);
        } else {
            watched.giveUp("no handshake in time", "handshake");
        }
    }

    private void checkConnected() {
        if (session.isConnected()) {
            watchSilence();
        } else {
            watched.giveUp("no connect command in time", "connect");
        }
    }

    /// A publisher must send media, whole messages of it: bytes alone keep nobody connected. A
    /// connection that does nothing may stay three times as long. Who only plays sends nothing.
    private void watchSilence() {
        if (stopped) {
            return;
        }
        long now = nanoTime.getAsLong();
        long limit = silenceTimeout.toNanos();
        if (!watched.isRead()) {
            lastSignNanos = now; // it is we who do not read
        }
        if (!session.isIdle()) {
            idleSinceNanos = now;
        }
        if (session.expectsMedia() && now - lastSignNanos >= limit) {
            watched.giveUp("no media for " + silenceTimeout.toSeconds() + " s", "silent");
            return;
        }
        if (now - idleSinceNanos >= 3 * limit) {
            watched.giveUp(
                    "neither publishes nor plays for "
                            + silenceTimeout.multipliedBy(3).toSeconds()
                            + " s",
                    "idle");
            return;
        }
        if (session.plays() && !hearsFrom(now)) {
            return;
        }
        long left =
                session.expectsMedia()
                        ? limit - (now - lastSignNanos)
                        : session.plays() ? PING_NANOS : limit;
        after(Math.max(left, limit / 10), this::watchSilence);
    }

    /// Players say nothing by themselves: they are asked now and then, and have as long to answer.
    private boolean hearsFrom(long now) {
        if (now - lastPingNanos < PING_NANOS) {
            return true;
        }
        if (pinged && watched.received() == receivedAtPing) {
            watched.giveUp("no answer to a ping", "silent");
            return false;
        }
        pinged = true;
        lastPingNanos = now;
        receivedAtPing = watched.received();
        watched.ping(now / 1_000_000);
        return true;
    }
}
