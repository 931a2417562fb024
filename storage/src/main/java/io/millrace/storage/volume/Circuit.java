package io.millrace.storage.volume;

import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Whether a volume answers at all. After {@link #OPEN_AFTER} failures in a row callers are refused
/// at once instead of waiting each for itself, but for one every {@link #PROBE_EVERY} who finds out
/// whether it is back. Any success, also a late one, closes the circuit. Thread-safe.
public final class Circuit {
    private static final Logger LOG = LoggerFactory.getLogger(Circuit.class);

    static final int OPEN_AFTER = 3;
    static final Duration PROBE_EVERY = Duration.ofSeconds(2);

    private final String volume;
    private final LongSupplier nanoTime;
    private int failures;
    private @Nullable IOException last;
    private long openedAt;
    private long probedAt;
    private volatile boolean open;

    public Circuit(String volume) {
        this(volume, System::nanoTime);
    }

    Circuit(String volume, LongSupplier nanoTime) {
        this.volume = volume;
        this.nanoTime = nanoTime;
    }

    /// Asks to call the volume.
    ///
    /// @throws StorageTimeoutException or {@link StorageUnavailableException}, whichever the last
    ///   call ended with, when it is not to be called now
    public void enter() throws IOException {
        if (open) {
            enterOpen();
        }
    }

    private synchronized void enterOpen() throws IOException {
        IOException reason = last;
        if (!open || reason == null) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (now - probedAt >= PROBE_EVERY.toNanos()) {
            probedAt = now;
            return;
        }
        String text =
                volume
                        + " does not answer since "
                        + TimeUnit.NANOSECONDS.toSeconds(now - openedAt)
                        + " s: "
                        + reason.getMessage();
        throw reason instanceof StorageTimeoutException
                ? new StorageTimeoutException(text)
                : new StorageUnavailableException(text);
    }

    /// The volume answered, be it with "no such file".
    public void succeeded() {
        if (failures == 0 && !open) {
            return;
        }
        synchronized (this) {
            failures = 0;
            if (open) {
                open = false;
                LOG.info(
                        "{} answers again after {} s",
                        volume,
                        TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - openedAt));
            }
        }
    }

    /// A call timed out or could not reach the volume.
    public synchronized void failed(IOException reason) {
        last = reason;
        if (++failures >= OPEN_AFTER && !open) {
            openedAt = nanoTime.getAsLong();
            probedAt = openedAt;
            open = true;
            LOG.error(
                    "{} does not answer; it is asked again every {} s: {}",
                    volume,
                    PROBE_EVERY.toSeconds(),
                    reason.getMessage());
        }
    }

    public boolean isOpen() {
        return open;
    }
}
