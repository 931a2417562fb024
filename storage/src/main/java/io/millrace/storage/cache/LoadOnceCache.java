package io.millrace.storage.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Weigher;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// A cache bounded by weight whose values are loaded once however many ask at once.
///
/// {@link #get} never blocks: the load runs on a virtual thread, so event loops may call it. A load
/// that fails reaches everyone who waited and is not kept; the next call tries again. Values are
/// shared between callers and must be immutable or thread-safe. Thread-safe.
///
/// Metrics, tagged `cache={name}`: `millrace.cache.gets{result=hit|miss}`, `.loads`,
/// `.load.failures`, `.evictions`, `.weight`, `.entries`.
public final class LoadOnceCache<K, V> implements AutoCloseable {
    /// Loads a value; may block.
    @FunctionalInterface
    public interface Loader<K, V> {
        V load(K key) throws Exception;
    }

    /// How a load ended. A failure is a value here because Caffeine would log every failed future
    /// with its stack.
    private sealed interface Loaded<V> {
        record Value<V>(V value) implements Loaded<V> {}

        record Failure<V>(Throwable cause) implements Loaded<V> {}
    }

    private final AsyncCache<K, Loaded<V>> cache;
    private final ExecutorService loaders;
    private final Counter hits;
    private final Counter misses;
    private final Counter failures;
    private final Timer loads;

    /// @param weigher the weight of an entry, in the unit of `maximumWeight` (bytes, as a rule)
    /// @param expireAfterWrite null: entries live until they are evicted
    public LoadOnceCache(
            String name,
            long maximumWeight,
            Weigher<? super K, ? super V> weigher,
            @Nullable Duration expireAfterWrite,
            MeterRegistry registry) {
        if (maximumWeight < 0) {
            throw new IllegalArgumentException(
                    "maximumWeight: " + maximumWeight + " (expected: >= 0)");
        }
        loaders =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("cache-" + name + "-", 0).factory());
        Counter evictions = counter("millrace.cache.evictions", name, registry);
        Caffeine<K, Loaded<V>> builder =
                Caffeine.newBuilder()
                        .maximumWeight(maximumWeight)
                        // Upkeep is short; another thread for it costs more.
                        .executor(Runnable::run)
                        .removalListener(
                                (@Nullable K _, @Nullable Loaded<V> _, RemovalCause cause) -> {
                                    if (cause.wasEvicted()) {
                                        evictions.increment();
                                    }
                                })
                        .weigher(
                                (key, loaded) ->
                                        switch (loaded) {
                                            case Loaded.Value<V>(V value) ->
                                                    weigher.weigh(key, value);
                                            case Loaded.Failure<V> _ -> 0;
                                        });
        if (expireAfterWrite != null) {
            builder.expireAfterWrite(expireAfterWrite);
        }
        cache = builder.buildAsync();
        hits = gets("hit", name, registry);
        misses = gets("miss", name, registry);
        failures = counter("millrace.cache.load.failures", name, registry);
        loads = Timer.builder("millrace.cache.loads").tag("cache", name).register(registry);
        Gauge.builder("millrace.cache.entries", cache, c -> c.synchronous().estimatedSize())
                .tag("cache", name)
                .register(registry);
        Gauge.builder(
                        "millrace.cache.weight",
                        cache,
                        c ->
                                c.synchronous()
                                        .policy()
                                        .eviction()
                                        .map(e -> (double) e.weightedSize().orElse(0))
                                        .orElse(0.0))
                .tag("cache", name)
                .register(registry);
    }

    /// The value for `key`, loaded by `loader` when it is neither there nor on its way. The future
    /// is a copy: cancelling or completing it affects nobody else.
    public CompletableFuture<V> get(K key, Loader<? super K, ? extends V> loader) {
        var created = new boolean[1];
        CompletableFuture<Loaded<V>> future =
                cache.get(
                        key,
                        (_, _) -> {
                            created[0] = true;
                            return new CompletableFuture<Loaded<V>>();
                        });
        (created[0] ? misses : hits).increment();
        if (created[0]) {
            try {
                loaders.execute(() -> load(key, loader, future));
            } catch (RejectedExecutionException e) {
                // Closed.
                cache.asMap().remove(key, future);
                future.complete(new Loaded.Failure<>(e));
            }
        }
        return future.thenCompose(
                loaded ->
                        switch (loaded) {
                            case Loaded.Value<V>(V value) ->
                                    CompletableFuture.completedFuture(value);
                            case Loaded.Failure<V>(Throwable cause) ->
                                    CompletableFuture.failedFuture(cause);
                        });
    }

    /// The value when it is there now.
    public Optional<V> getIfLoaded(K key) {
        CompletableFuture<Loaded<V>> future = cache.getIfPresent(key);
        return future != null
                        && future.isDone()
                        && future.join() instanceof Loaded.Value<V>(V value)
                ? Optional.of(value)
                : Optional.empty();
    }

    public void invalidate(K key) {
        cache.synchronous().invalidate(key);
    }

    public void invalidateAll() {
        cache.synchronous().invalidateAll();
    }

    /// What is held now; a snapshot.
    public Map<K, V> asMap() {
        var held = new HashMap<K, V>();
        cache.synchronous()
                .asMap()
                .forEach(
                        (key, loaded) -> {
                            if (loaded instanceof Loaded.Value<V>(V value)) {
                                held.put(key, value);
                            }
                        });
        return held;
    }

    /// Runs evictions that are due; for tests.
    void cleanUp() {
        cache.synchronous().cleanUp();
    }

    @Override
    public void close() {
        loaders.shutdownNow();
    }

    private void load(
            K key, Loader<? super K, ? extends V> loader, CompletableFuture<Loaded<V>> loading) {
        long started = System.nanoTime();
        try {
            V value = loader.load(key);
            loads.record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
            loading.complete(new Loaded.Value<>(value));
        } catch (Throwable e) {
            // Errors too: a waiter that is never told would hang for ever.
            failures.increment();
            cache.asMap().remove(key, loading);
            loading.complete(new Loaded.Failure<>(e));
        }
    }

    private static Counter gets(String result, String name, MeterRegistry registry) {
        return Counter.builder("millrace.cache.gets")
                .tag("cache", name)
                .tag("result", result)
                .register(registry);
    }

    private static Counter counter(String metric, String name, MeterRegistry registry) {
        return Counter.builder(metric).tag("cache", name).register(registry);
    }
}
