package io.millrace.storage.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobStoreContract;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;
import io.millrace.storage.testing.FaultyBlobStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The contract through a guard, and what a guard is for.
class VolumeGuardTest extends BlobStoreContract {
    private static final int THREADS = 4;
    private static final Duration DEADLINE = Duration.ofMillis(300);

    @TempDir private Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private FaultyBlobStore volume;
    private GuardedBlobStore store;
    private GuardedBlobStore patient;

    @BeforeEach
    void open() throws Exception {
        volume = new FaultyBlobStore(new LocalBlobStore(folder.resolve("store"), meters), folder);
        store = guarded(THREADS, DEADLINE);
        patient = guarded(THREADS, VolumeGuard.DEFAULT_DEADLINE);
    }

    private GuardedBlobStore guarded(int threads, Duration deadline) {
        return new GuardedBlobStore(
                volume,
                new VolumeGuard("x", new VolumeGuard.Limits(threads, 1000, deadline), meters));
    }

    @AfterEach
    void close() throws IOException {
        volume.goOn();
        patient.close();
        store.close();
    }

    /// The contract is about what is done, on however busy a machine.
    @Override
    protected BlobStore store() {
        return patient;
    }

    @Test
    void readsResidentBytesWithoutItsThreads() throws IOException {
        byte[] bytes = random(3 << 20);
        try (var local =
                new GuardedBlobStore(
                        new LocalBlobStore(folder.resolve("plain"), meters),
                        new VolumeGuard("y", VolumeGuard.Limits.ofDeadline(DEADLINE), meters))) {
            try (var writer = local.create(KEY)) {
                writer.write(ByteBuffer.wrap(bytes));
                writer.commit();
            }
            try (BlobReader reader = local.open(KEY)) {
                ByteBuffer target = ByteBuffer.allocateDirect(bytes.length + 10);
                int resident = reader.readResident(target, 0);
                assertThat(reader.readResident(ByteBuffer.allocate(10), 0)).isZero();
                assertThat(reader.readResident(target, bytes.length)).isZero();
                assertThat(reader.read(target, resident)).isNotZero();
                byte[] got = new byte[bytes.length];
                target.flip().get(got);
                assertThat(got).isEqualTo(bytes);
            }
        }
    }

    @Test
    void aHungVolumeHoldsItsThreadsAndNobodyElse() throws Exception {
        put(KEY, random(100_000));
        BlobReader reader = store.open(KEY);
        volume.hang();
        List<Future<?>> callers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                boolean opening = i % 2 == 0;
                callers.add(
                        threads.submit(
                                () -> {
                                    assertThatThrownBy(
                                                    () -> {
                                                        if (opening) {
                                                            store.open(KEY);
                                                        } else {
                                                            reader.read(
                                                                    ByteBuffer.allocateDirect(10),
                                                                    0);
                                                        }
                                                    })
                                            .isInstanceOfAny(
                                                    StorageTimeoutException.class,
                                                    StorageUnavailableException.class);
                                    return true;
                                }));
            }
            long started = System.nanoTime();
            for (Future<?> caller : callers) {
                caller.get();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - started))
                    .isLessThan(DEADLINE.multipliedBy(100));
        }
        assertThat(volume.mostInside()).isEqualTo(THREADS);
        assertThat(meters.get("millrace.volume.stuck").gauge().value()).isEqualTo(THREADS);
        assertThat(store.guard().isHung()).isTrue();

        // At once; the best of some, as this thread may have to wait for its turn.
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            long started = System.nanoTime();
            assertThatThrownBy(() -> store.stat(KEY)).isInstanceOf(StorageTimeoutException.class);
            best = Math.min(best, System.nanoTime() - started);
        }
        assertThat(Duration.ofNanos(best)).isLessThan(DEADLINE);

        volume.goOn();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> meters.get("millrace.volume.stuck").gauge().value() == 0);
        assertThat(store.guard().isHung()).isFalse();
        assertThat(read(KEY)).isEqualTo(random(100_000));
        reader.close();
    }

    /// What comes too late may not be written into a buffer that somebody else has by then.
    @Test
    void aLateAnswerTouchesNoBuffer() throws Exception {
        put(KEY, filled(1000, 7));
        try (BlobReader reader = store.open(KEY)) {
            volume.hang();
            ByteBuffer target = ByteBuffer.allocateDirect(1000);
            assertThatThrownBy(() -> reader.read(target, 0))
                    .isInstanceOf(StorageTimeoutException.class);
            volume.goOn();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> meters.get("millrace.volume.stuck").gauge().value() == 0);
            for (int i = 0; i < 1000; i++) {
                assertThat(target.get(i)).isZero();
            }
            assertThat(reader.read(target, 0)).isEqualTo(1000);
            assertThat(target.get(0)).isEqualTo((byte) 7);
        }
    }

    @Test
    void slowIsNotHung() throws Exception {
        put(KEY, random(1000));
        volume.beSlow(DEADLINE.dividedBy(3));
        assertThat(read(KEY)).isEqualTo(random(1000));
        assertThat(store.guard().isHung()).isFalse();
    }

    /// More callers than a slow volume can serve in time: some are refused, none hurts it.
    @Test
    void tooManyCallersOfASlowVolumeAreRefusedAndTheCircuitStaysClosed() throws Exception {
        put(KEY, random(1000));
        volume.beSlow(DEADLINE.dividedBy(3));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> callers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                callers.add(
                        threads.submit(
                                () -> {
                                    try {
                                        store.stat(KEY);
                                        return true;
                                    } catch (StorageUnavailableException
                                            | StorageTimeoutException _) {
                                        return false;
                                    }
                                }));
            }
            int served = 0;
            for (Future<Boolean> caller : callers) {
                served += caller.get() ? 1 : 0;
            }
            assertThat(served).isBetween(THREADS, 39);
        }
        volume.beSlow(Duration.ZERO);
        assertThat(store.stat(KEY)).isPresent();
    }

    @Test
    void anUnmountedStoreIsNotEmptyButGone() throws IOException {
        put(KEY, random(1000));
        Path root = folder.resolve("store");
        Files.move(root, folder.resolve("elsewhere"));
        Files.createDirectory(root);
        assertThatThrownBy(() -> store.open(KEY))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("mounted");
        assertThatThrownBy(() -> store.stat(KEY)).isInstanceOf(StorageUnavailableException.class);
        Files.delete(root);
        Files.move(folder.resolve("elsewhere"), root);
        assertThat(read(KEY)).hasSize(1000);
        assertThat(store.stat(BlobKey.of("none"))).isEmpty();
    }
}
