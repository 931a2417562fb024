package io.millrace.delivery.mapping;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import com.github.benmanes.caffeine.cache.Ticker;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// Objects that are being read, open once for all their readers.
///
/// The first who asks after {@link #TRUSTED_FOR} has the store look at the object: when it is still
/// the version that is open (size, time of change, file), that stays open and mapped, else the name
/// is opened anew. What nobody asks for is closed after {@link #KEPT_FOR}. The store is asked on
/// virtual threads. Thread-safe.
public final class OpenBlobs implements AutoCloseable {
    /// How long a file is taken for unchanged without asking the store.
    static final Duration TRUSTED_FOR = Duration.ofSeconds(1);

    /// How long a file stays open without being asked for: a removed one takes room as long.
    static final Duration KEPT_FOR = Duration.ofSeconds(5);

    private static final int MAX_OPEN = 1024;

    /// How an opening ended. A failure is a value because Caffeine logs failed futures with their
    /// stacks, and a missing object is a client's mistake.
    private sealed interface Opening {
        /// @param lookedAt when the store was last asked, in the ticker's nanoseconds
        record Opened(SharedBlob blob, long lookedAt) implements Opening {}

        record Failed(IOException cause) implements Opening {}
    }

    /// Two folders may have files of the same name.
    private record Key(MediaFiles files, String name) {}

    private final AsyncCache<Key, Opening> open;
    private final Ticker ticker;
    private final Executor virtualThreads =
            task -> Thread.ofVirtual().name("open-blob").start(task);

    public OpenBlobs(MeterRegistry meters) {
        this(meters, Ticker.systemTicker());
    }

    OpenBlobs(MeterRegistry meters, Ticker ticker) {
        this.ticker = ticker;
        open =
                Caffeine.newBuilder()
                        .maximumSize(MAX_OPEN)
                        .expireAfterAccess(KEPT_FOR)
                        .ticker(ticker)
                        .scheduler(Scheduler.systemScheduler())
                        // Its upkeep is short, and due every few requests: a thread for it costs
                        // more. Closing files and unmapping them is not.
                        .executor(Runnable::run)
                        .removalListener(
                                (@Nullable Key _, @Nullable Opening opening, RemovalCause _) -> {
                                    if (opening instanceof Opening.Opened(SharedBlob blob, _)) {
                                        virtualThreads.execute(blob::release);
                                    }
                                })
                        .buildAsync();
        Gauge.builder("millrace.delivery.open.blobs", open, c -> c.synchronous().estimatedSize())
                .description("Stored objects kept open for readers")
                .register(meters);
    }

    /// Opens an object; the caller releases what it gets. Fails with the store's IOException
    /// ({@link java.nio.file.NoSuchFileException} when there is no such object).
    public CompletableFuture<SharedBlob> open(MediaFiles files, String name) {
        return open(new Key(files, name));
    }

    private CompletableFuture<SharedBlob> open(Key key) {
        CompletableFuture<Opening> found =
                open.get(
                        key,
                        (wanted, _) ->
                                CompletableFuture.supplyAsync(() -> load(wanted), virtualThreads));
        return found.thenCompose(
                opening ->
                        switch (opening) {
                            case Opening.Opened(SharedBlob blob, long lookedAt)
                                    when blob.tryRetain() -> {
                                if (ticker.read() - lookedAt < TRUSTED_FOR.toNanos()) {
                                    yield CompletableFuture.completedFuture(blob);
                                }
                                lookAgain(key, found, blob);
                                yield open(key);
                            }
                            case Opening.Opened _ -> {
                                // It was evicted between the two steps.
                                open.asMap().remove(key, found);
                                yield open(key);
                            }
                            case Opening.Failed(IOException cause) -> {
                                // Not kept: the object may be there the next moment.
                                open.asMap().remove(key, found);
                                yield CompletableFuture.failedFuture(cause);
                            }
                        });
    }

    /// Puts what comes of asking the store in the place of what was found, unless another did.
    ///
    /// @param blob what is open; a share of it is taken over
    private void lookAgain(Key key, CompletableFuture<Opening> found, SharedBlob blob) {
        var renewed = new CompletableFuture<Opening>();
        if (open.asMap().replace(key, found, renewed)) {
            renewed.completeAsync(() -> renew(key, blob), virtualThreads);
        } else {
            blob.release();
        }
    }

    private Opening renew(Key key, SharedBlob blob) {
        boolean kept = false;
        try {
            long lookedAt = ticker.read();
            kept = key.files().stat(key.name()).identity().equals(blob.info().identity());
            if (kept) {
                return new Opening.Opened(blob, lookedAt);
            }
        } catch (IOException e) {
            return new Opening.Failed(e);
        } finally {
            if (!kept) {
                blob.release();
            }
        }
        return load(key);
    }

    private Opening load(Key key) {
        try {
            long lookedAt = ticker.read();
            return new Opening.Opened(new SharedBlob(key.files().open(key.name())), lookedAt);
        } catch (IOException e) {
            return new Opening.Failed(e);
        }
    }

    @Override
    public void close() {
        open.synchronous().invalidateAll();
        open.synchronous().cleanUp();
    }
}
