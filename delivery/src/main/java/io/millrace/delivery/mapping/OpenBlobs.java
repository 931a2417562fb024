package io.millrace.delivery.mapping;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// Objects that are being read, open once for all their readers and looked at anew every {@link
/// #TRUSTED_FOR}: after that a file replaced in place is seen as what it is now. Files are opened
/// on virtual threads. Thread-safe.
public final class OpenBlobs implements AutoCloseable {
    /// How long a file is taken for unchanged without asking the store.
    static final Duration TRUSTED_FOR = Duration.ofSeconds(1);

    private static final int MAX_OPEN = 1024;

    /// How an opening ended. A failure is a value because Caffeine logs failed futures with their
    /// stacks, and a missing object is a client's mistake.
    private sealed interface Opening {
        record Opened(SharedBlob blob) implements Opening {}

        record Failed(IOException cause) implements Opening {}
    }

    /// Two folders may have files of the same name.
    private record Key(MediaFiles files, String name) {}

    private final AsyncCache<Key, Opening> open;

    public OpenBlobs(MeterRegistry meters) {
        Executor virtualThreads = task -> Thread.ofVirtual().name("open-blob").start(task);
        open =
                Caffeine.newBuilder()
                        .maximumSize(MAX_OPEN)
                        .expireAfterWrite(TRUSTED_FOR)
                        .scheduler(Scheduler.systemScheduler())
                        .executor(virtualThreads)
                        .removalListener(
                                (@Nullable Key _, @Nullable Opening opening, RemovalCause _) -> {
                                    if (opening instanceof Opening.Opened(SharedBlob blob)) {
                                        blob.release();
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
        CompletableFuture<Opening> found = open.get(key, this::load);
        return found.thenCompose(
                opening ->
                        switch (opening) {
                            case Opening.Opened(SharedBlob blob) when blob.tryRetain() ->
                                    CompletableFuture.completedFuture(blob);
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

    private Opening load(Key key) {
        try {
            return new Opening.Opened(new SharedBlob(key.files().open(key.name())));
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
