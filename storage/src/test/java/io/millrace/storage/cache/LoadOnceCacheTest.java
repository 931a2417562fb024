package io.millrace.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class LoadOnceCacheTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LoadOnceCache<String, byte[]> cache =
            new LoadOnceCache<>("test", 1000, (_, v) -> v.length, null, registry);

    @AfterEach
    void close() {
        cache.close();
    }

    @Test
    void aThousandCallersLoadOnce() throws Exception {
        var loads = new AtomicInteger();
        var gate = new CountDownLatch(1);
        var asked = new CountDownLatch(1000);
        List<CompletableFuture<byte[]>> answers =
                java.util.Collections.synchronizedList(new ArrayList<>());
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1000; i++) {
                callers.execute(
                        () -> {
                            answers.add(
                                    cache.get(
                                            "k",
                                            _ -> {
                                                loads.incrementAndGet();
                                                gate.await();
                                                return new byte[10];
                                            }));
                            asked.countDown();
                        });
            }
            // None of them blocks although the load does not end.
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            gate.countDown();
        }
        byte[] first = answers.getFirst().get(60, TimeUnit.SECONDS);
        for (CompletableFuture<byte[]> answer : answers) {
            assertThat(answer.get(60, TimeUnit.SECONDS)).isSameAs(first);
        }
        assertThat(loads).hasValue(1);
        assertThat(count("millrace.cache.gets", "miss")).isEqualTo(1);
        assertThat(count("millrace.cache.gets", "hit")).isEqualTo(999);
    }

    @Test
    void aFailureReachesTheCallersAndIsNotKept() throws Exception {
        assertThatThrownBy(
                        () ->
                                cache.get(
                                                "k",
                                                _ -> {
                                                    throw new IOException("gone");
                                                })
                                        .get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("gone");
        assertThat(cache.get("k", _ -> new byte[1]).get(60, TimeUnit.SECONDS)).hasSize(1);
    }

    @Test
    void oneCallersCancellationIsItsOwn() throws Exception {
        var gate = new CountDownLatch(1);
        CompletableFuture<byte[]> mine =
                cache.get(
                        "k",
                        _ -> {
                            gate.await();
                            return new byte[3];
                        });
        CompletableFuture<byte[]> other = cache.get("k", _ -> new byte[99]);
        mine.cancel(true);
        gate.countDown();
        assertThat(other.get(60, TimeUnit.SECONDS)).hasSize(3);
    }

    @Test
    void staysBelowItsWeight() throws Exception {
        for (int i = 0; i < 100; i++) {
            cache.get("k" + i, _ -> new byte[100]).get(60, TimeUnit.SECONDS);
        }
        // Who asked has the last value a moment before the cache weighs it, on the loader's thread.
        await().untilAsserted(
                        () -> {
                            cache.cleanUp();
                            assertThat(registry.get("millrace.cache.weight").gauge().value())
                                    .isBetween(1.0, 1000.0);
                            assertThat(
                                            cache.asMap().values().stream()
                                                    .mapToInt(v -> v.length)
                                                    .sum())
                                    .isBetween(1, 1000);
                        });
        assertThat(registry.get("millrace.cache.evictions").counter().count()).isGreaterThan(80);
    }

    @Test
    void invalidates() throws Exception {
        cache.get("k", _ -> new byte[1]).get(60, TimeUnit.SECONDS);
        assertThat(cache.getIfLoaded("k")).isPresent();
        cache.invalidate("k");
        assertThat(cache.getIfLoaded("k")).isEmpty();
    }

    private double count(String name, String result) {
        return registry.get(name).tag("result", result).counter().count();
    }
}
