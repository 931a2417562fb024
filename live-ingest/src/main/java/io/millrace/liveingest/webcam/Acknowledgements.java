package io.millrace.liveingest.webcam;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/// Tells a page which of its bytes it need not keep: after so many, or after a while. Its session's
/// event loop only.
final class Acknowledgements {
    private static final long EVERY_BYTES = 256 << 10;
    private static final long AFTER_MS = 250;

    private final EventExecutor loop;
    private final LongConsumer tell;
    private @Nullable Future<?> timer;

    /// Of what was received: what need not come again, should this node lose what it holds.
    private long kept;

    private long acknowledged;

    /// @param tell told how many bytes are kept; does nothing where no page is there
    Acknowledgements(EventExecutor loop, LongConsumer tell) {
        this.loop = loop;
        this.tell = tell;
    }

    long kept() {
        return kept;
    }

    void kept(long bytes) {
        kept = bytes;
        if (kept - acknowledged >= EVERY_BYTES) {
            send();
        } else if (timer == null) {
            timer = loop.schedule(this::send, AFTER_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void send() {
        cancel();
        if (kept > acknowledged) {
            acknowledged = kept;
            tell.accept(kept);
        }
    }

    /// A page has come, which knows nothing.
    void begin() {
        acknowledged = kept;
        if (kept > 0) {
            tell.accept(kept);
        }
    }

    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
