package io.millrace.delivery.decode;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.failure.MediaException;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.PipedChild;
import io.millrace.storage.process.Sandbox;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Runs ffmpeg on media that is fed to it, sandboxed: so many at a time, so many waiting, the rest
/// refused.
///
/// ffmpeg is unpacked and the sandbox tried at the first use. Thread-safe; calls block, on a
/// virtual thread at best.
public final class Decoders implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Decoders.class);

    /// 128 + SIGKILL: somebody else ended it, as the kernel does when memory runs out.
    private static final int KILLED = 128 + 9;

    /// Whether ffmpeg must be sandboxed.
    public enum Fence {
        /// By bubblewrap where it works, else by resource limits.
        IF_POSSIBLE,
        /// Or nothing is decoded.
        REQUIRED,
        /// Resource limits only.
        LIMITS_ONLY
    }

    /// @param name in metrics (`millrace.delivery.{name}.…`) and of the threads
    /// @param what is made, in the plural, as messages name it
    /// @param workers children at the same time; 0: half the processors
    /// @param queue requests that wait for a worker; more are refused
    /// @param limits of one child
    /// @param programs where ffmpeg is unpacked to; null: the user's own cache folder
    public record Options(
            String name,
            String what,
            int workers,
            int queue,
            Fence fence,
            ChildLimits limits,
            @Nullable Path programs) {
        int workersHere() {
            return workers > 0
                    ? workers
                    : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        }
    }

    /// What a child made of its input.
    public sealed interface Outcome {
        record Done(byte[] bytes) implements Outcome {}

        /// Nothing, and it never will.
        record Undecodable(String reason) implements Outcome {}
    }

    private record Tools(FfmpegPrograms programs, PipedChild child) {}

    private final Options options;
    private final ThreadPoolExecutor workers;
    private final Counter refused;
    private final Counter failed;
    private final Object preparing = new Object();
    private volatile @Nullable Tools tools;
    private volatile boolean closed;

    public Decoders(Options options, MeterRegistry meters) {
        this.options = options;
        int count = options.workersHere();
        workers =
                new ThreadPoolExecutor(
                        count,
                        count,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(Math.max(1, options.queue())),
                        Thread.ofPlatform().daemon().name(options.name() + '-', 0).factory());
        workers.allowCoreThreadTimeOut(true);
        String prefix = "millrace.delivery." + options.name();
        refused =
                Counter.builder(prefix + ".refused")
                        .description("Not made because too many were waiting")
                        .register(meters);
        failed =
                Counter.builder(prefix + ".failed")
                        .description("What no decoder could make, or not in time")
                        .register(meters);
        Gauge.builder(prefix + ".running", workers, w -> w.getActiveCount())
                .description("Being made")
                .register(meters);
        Gauge.builder(prefix + ".queued", workers, w -> w.getQueue().size())
                .description("Waiting for a worker")
                .register(meters);
    }

    /// Whether a worker is free: then work that nobody waits for yet may be done.
    public boolean isIdle() {
        return workers.getQueue().isEmpty()
                && workers.getActiveCount() < workers.getMaximumPoolSize();
    }

    /// Runs `work` on a worker's thread.
    ///
    /// @param timer of the work without the wait for a worker
    public <T> T onWorker(Timer timer, Callable<T> work)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Future<T> future;
        try {
            future = workers.submit(() -> timer.recordCallable(work));
        } catch (RejectedExecutionException _) {
            refused.increment();
            throw new DecodersBusyException(
                    closed
                            ? "The server is stopping."
                            : "Too many " + options.what() + " are being made.");
        }
        try {
            return future.get();
        } catch (CancellationException _) {
            throw new DecodersBusyException("The server is stopping.");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case MediaException failure -> throw failure;
                case DecoderFailedException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IOException("the worker was stopped", e);
            }
        }
    }

    /// Runs one child; on a worker's thread.
    ///
    /// @param name of the media, for the log
    /// @param command whose first element is {@link #programs}' ffmpeg
    /// @param input written to its standard input, piece by piece
    public Outcome run(String name, List<String> command, List<byte[]> input)
            throws IOException, DecoderFailedException, InterruptedException {
        PipedChild.Result result = tools().child().run(name, command, input);
        List<String> said = result.outcome().lastErrorLines();
        return switch (result.outcome()) {
            case ChildOutcome.Exited(int code, var _)
                    when code == 0 && result.output().length > 0 ->
                    new Outcome.Done(result.output());
            case ChildOutcome.Exited(int code, var _) -> {
                failed.increment();
                if (code == KILLED || said.stream().anyMatch(Decoders::isOurs)) {
                    throw failure("ffmpeg could not run: exit " + code + ": " + first(said));
                }
                log.warn("{}: no {}: exit {}: {}", name, options.what(), code, first(said));
                yield new Outcome.Undecodable("it cannot be decoded there");
            }
            case ChildOutcome.Ended(ChildOutcome.Reason reason, var _) -> {
                failed.increment();
                yield switch (reason) {
                    case CPU, OUTPUT_SIZE ->
                            new Outcome.Undecodable("decoding it takes more than it may");
                    case WALL_CLOCK, NO_PROGRESS, CANCELLED ->
                            throw failure("ffmpeg was ended: " + reason);
                };
            }
        };
    }

    private DecoderFailedException failure(String why) {
        return new DecoderFailedException("no " + options.what() + " can be made now: " + why);
    }

    /// What ffmpeg said first, without the addresses of its objects.
    private static String first(List<String> said) {
        String line = said.isEmpty() ? "it said nothing" : said.getFirst();
        line = line.replaceAll(" @ 0x[0-9a-f]+", "");
        return line.length() > 200 ? line.substring(0, 200) : line;
    }

    /// Whether a line speaks of this machine, not of the media.
    private static boolean isOurs(String line) {
        return line.startsWith("bwrap:")
                || line.startsWith("prlimit:")
                || line.contains("error while loading shared libraries")
                || line.contains("Cannot allocate memory");
    }

    /// The programs, unpacked at the first use.
    public FfmpegPrograms programs() throws DecoderFailedException, InterruptedException {
        return tools().programs();
    }

    private Tools tools() throws DecoderFailedException, InterruptedException {
        Tools ready = tools;
        if (ready != null) {
            return ready;
        }
        synchronized (preparing) {
            ready = tools;
            if (ready == null) {
                ready = prepare();
                tools = ready;
                if (closed) {
                    ready.child().close();
                }
            }
            return ready;
        }
    }

    private Tools prepare() throws DecoderFailedException, InterruptedException {
        Sandbox sandbox = options.fence() == Fence.LIMITS_ONLY ? Sandbox.plain() : Sandbox.detect();
        if (options.fence() == Fence.REQUIRED && !sandbox.isBubblewrap()) {
            throw failure(
                    "the sandbox is required and does not work here: install bubblewrap and allow"
                            + " user namespaces");
        }
        FfmpegPrograms programs;
        try {
            programs = FfmpegPrograms.load(options.programs());
        } catch (IOException e) {
            throw failure(String.valueOf(e.getMessage()));
        }
        return new Tools(
                programs,
                new PipedChild(
                        sandbox, Sandbox.View.pipes(List.of(programs.folder())), options.limits()));
    }

    /// Ends the children that run, and waits for their end; nothing is made any more.
    @Override
    public void close() {
        closed = true;
        for (Runnable waiting : workers.shutdownNow()) {
            ((Future<?>) waiting).cancel(false);
        }
        Tools ready = tools;
        if (ready != null) {
            ready.child().close();
        }
        try {
            if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                log.warn("{}: a child does not end", options.name());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
