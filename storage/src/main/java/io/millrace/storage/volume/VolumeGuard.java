package io.millrace.storage.volume;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Blocking calls to one volume (a disk, a mounted share), made on a bounded number of platform
/// threads of the volume's own, with a deadline.
///
/// A file system that hangs takes the thread that asked it, for as long as it likes: nothing can
/// interrupt it. On a virtual thread that would be a carrier, and a few such calls would stop the
/// whole process. Here it is at most {@link Limits#threads} threads that nobody else needs; who
/// waits is told after {@link Limits#deadline}, and once several were, others are told at once (see
/// {@link Circuit}) until the volume answers again.
///
/// | what | thrown |
/// |---|---|
/// | no answer within the deadline, or the circuit is open | {@link StorageTimeoutException} |
/// | the call waited for a thread most of the time, or too many wait | {@link StorageUnavailableException} |
/// | else | what the call itself throws |
///
/// Thread-safe; callers wait, so they are virtual threads or threads of their own.
///
/// Metrics, tagged `volume={name}`: `millrace.volume.busy`, `.waiting`, `.stuck` (threads whose
/// callers have given up), `.timeouts`, `.refused`, `.open` (1: the circuit is open).
public final class VolumeGuard implements AutoCloseable {
    /// @param threads in the volume at the same time
    /// @param waiting calls beyond them; more are refused
    /// @param deadline from the call to its answer, waiting for a thread included
    public record Limits(int threads, int waiting, Duration deadline) {
        public static Limits ofDeadline(Duration deadline) {
            return new Limits(
                    Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 16, 64),
                    4096,
                    deadline);
        }
    }

    /// Longer than any disk or share that can be worked with takes for one call.
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);

    /// What a thread reads at a time before it hands over.
    private static final int BLOCK_BYTES = 1 << 20;

    private static final Duration IDLE = Duration.ofSeconds(30);

    /// A late answer could be written into a buffer that belongs to somebody else by then, so a
    /// thread reads into its own.
    private static final ThreadLocal<ByteBuffer> BLOCK =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BLOCK_BYTES));

    private final String name;
    private final Limits limits;
    private final ThreadPoolExecutor threads;
    private final Circuit circuit;
    private final AtomicInteger stuck = new AtomicInteger();

    /// When the volume last answered anybody; {@link System#nanoTime}.
    private volatile long answeredAt = System.nanoTime();

    private final Counter timeouts;
    private final Counter refused;

    /// @param name of the volume in messages and metrics
    public VolumeGuard(String name, Limits limits, MeterRegistry registry) {
        this.name = name;
        this.limits = limits;
        circuit = new Circuit("storage " + name);
        threads =
                new ThreadPoolExecutor(
                        limits.threads(),
                        limits.threads(),
                        IDLE.toSeconds(),
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(limits.waiting()),
                        Thread.ofPlatform().daemon().name("storage-" + name + "-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        Tags tags = Tags.of("volume", name);
        timeouts =
                Counter.builder("millrace.volume.timeouts")
                        .description("Storage calls that were not answered in time")
                        .tags(tags)
                        .register(registry);
        refused =
                Counter.builder("millrace.volume.refused")
                        .description(
                                "Storage calls refused: the circuit was open or the queue full")
                        .tags(tags)
                        .register(registry);
        Gauge.builder("millrace.volume.busy", threads, ThreadPoolExecutor::getActiveCount)
                .description("Storage calls under way")
                .tags(tags)
                .register(registry);
        Gauge.builder("millrace.volume.waiting", threads, t -> t.getQueue().size())
                .description("Storage calls that wait for a thread")
                .tags(tags)
                .register(registry);
        Gauge.builder("millrace.volume.stuck", stuck, AtomicInteger::get)
                .description("Threads in storage calls that nobody waits for any more")
                .tags(tags)
                .register(registry);
        Gauge.builder("millrace.volume.open", circuit, c -> c.isOpen() ? 1 : 0)
                .description("1 while calls are refused because the volume does not answer")
                .tags(tags)
                .register(registry);
    }

    public String name() {
        return name;
    }

    /// Whether the volume is taken for dead now.
    public boolean isHung() {
        return circuit.isOpen();
    }

    /// Runs a call on a thread of the volume.
    ///
    /// @param what names it in messages: `open content/…`
    public <T> T call(String what, Callable<T> operation) throws IOException {
        return run(new Call<>(what, operation, null));
    }

    /// Opens an object, to be read within this guard's limits, too.
    public BlobReader open(String what, Callable<BlobReader> operation) throws IOException {
        return new GuardedReader(this, call("open " + what, operation));
    }

    /// Reads one block at most; see {@link BlobReader#read}.
    int read(BlobReader reader, ByteBuffer target, long position) throws IOException {
        int wanted = Math.min(target.remaining(), BLOCK_BYTES);
        var call =
                new Call<>(
                        "read",
                        () -> {
                            ByteBuffer block = BLOCK.get().clear().limit(wanted);
                            int count = reader.read(block, position);
                            // The thread's next call moves the limits of its own view.
                            return block.flip().limit(Math.max(0, count)).duplicate();
                        },
                        target);
        ByteBuffer block = run(call);
        return block.limit() == 0 && wanted > 0 ? -1 : block.limit();
    }

    /// Closes something within the deadline, or later when the volume does not answer: nobody is
    /// held up by it any longer.
    void close(String what, Runnable closing) {
        var begun = new AtomicBoolean();
        try {
            call(
                    "close " + what,
                    () -> {
                        begun.set(true);
                        closing.run();
                        return true;
                    });
        } catch (IOException _) {
            if (!begun.get()) {
                later(closing);
            }
        }
    }

    /// Runs something that nobody waits for.
    void later(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException _) {
            // Closed, or thousands wait: then in the caller's own time.
            task.run();
        }
    }

    private <T> T run(Call<T> call) throws IOException {
        try {
            circuit.enter();
        } catch (IOException e) {
            refused.increment();
            throw e;
        }
        try {
            threads.execute(call);
        } catch (RejectedExecutionException e) {
            refused.increment();
            throw new StorageUnavailableException(
                    "storage "
                            + name
                            + (threads.isShutdown()
                                    ? ": closed"
                                    : ": " + limits.waiting() + " calls wait already"),
                    e);
        }
        return call.await();
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    /// One call, and who waits for it.
    private final class Call<T> implements Runnable {
        private enum State {
            WAITING,
            RUNNING,
            DONE,
            /// Nobody waits any more.
            ABANDONED
        }

        private final String what;
        private final Callable<T> operation;
        private final @Nullable ByteBuffer target;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition done = lock.newCondition();
        private State state = State.WAITING;
        private long startedAt;
        private @Nullable T result;
        private @Nullable Throwable failure;

        /// @param target gets the resulting buffer's bytes, as long as somebody waits
        Call(String what, Callable<T> operation, @Nullable ByteBuffer target) {
            this.what = what;
            this.operation = operation;
            this.target = target;
        }

        @Override
        public void run() {
            lock.lock();
            try {
                if (state != State.WAITING) {
                    return;
                }
                state = State.RUNNING;
                startedAt = System.nanoTime();
            } finally {
                lock.unlock();
            }
            T value = null;
            Throwable thrown = null;
            try {
                value = operation.call();
            } catch (Throwable e) {
                thrown = e;
            }
            if (!(thrown instanceof StorageUnavailableException)) {
                circuit.succeeded();
            }
            answeredAt = System.nanoTime();
            boolean late;
            lock.lock();
            try {
                late = state == State.ABANDONED;
                if (!late) {
                    if (target != null && value instanceof ByteBuffer block) {
                        target.put(block.duplicate());
                    }
                    result = value;
                    failure = thrown;
                    state = State.DONE;
                    done.signal();
                }
            } finally {
                lock.unlock();
            }
            if (late) {
                stuck.decrementAndGet();
                closeUnwanted(value);
            }
        }

        T await() throws IOException {
            long left = limits.deadline().toNanos();
            State reached;
            lock.lock();
            try {
                while (state != State.DONE && left > 0) {
                    left = done.awaitNanos(left);
                }
                reached = state;
                if (reached != State.DONE) {
                    state = State.ABANDONED;
                    if (reached == State.RUNNING) {
                        stuck.incrementAndGet();
                    }
                }
            } catch (InterruptedException _) {
                if (state == State.RUNNING) {
                    stuck.incrementAndGet();
                }
                boolean over = state == State.DONE;
                state = State.ABANDONED;
                if (over) {
                    closeUnwanted(result);
                }
                Thread.currentThread().interrupt();
                throw new InterruptedIOException(what + ": interrupted");
            } finally {
                lock.unlock();
            }
            return switch (reached) {
                case DONE -> outcome();
                case RUNNING -> {
                    // Most of the time spent waiting for a thread: busy, not dead.
                    long ran = System.nanoTime() - startedAt;
                    if (ran < limits.deadline().toNanos() / 2) {
                        refused.increment();
                        throw new StorageUnavailableException(told("too busy to answer"));
                    }
                    timeouts.increment();
                    var timeout = new StorageTimeoutException(told("no answer"));
                    circuit.failed(timeout);
                    throw timeout;
                }
                case WAITING, ABANDONED -> {
                    threads.remove(this);
                    if (System.nanoTime() - answeredAt >= limits.deadline().toNanos() / 2) {
                        timeouts.increment();
                        var timeout = new StorageTimeoutException(told("every thread hangs"));
                        circuit.failed(timeout);
                        throw timeout;
                    }
                    refused.increment();
                    throw new StorageUnavailableException(told("no thread was free"));
                }
            };
        }

        private String told(String happened) {
            return "storage "
                    + name
                    + ": "
                    + what
                    + ": "
                    + happened
                    + " within "
                    + limits.deadline().toMillis()
                    + " ms";
        }

        @SuppressWarnings("NullAway") // A call may well give null; its type says whether.
        private T outcome() throws IOException {
            switch (failure) {
                case null -> {
                    return result;
                }
                case IOException e -> throw e;
                case UncheckedIOException e -> throw e.getCause();
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IOException(failure);
            }
        }
    }

    private static void closeUnwanted(@Nullable Object value) {
        if (value instanceof AutoCloseable resource) {
            try {
                resource.close();
            } catch (Exception _) {
                // Nobody ever had it.
            }
        }
    }
}
