package io.millrace.storage.process;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// Runs a command that turns bytes on its standard input into bytes on its standard output, within
/// limits, inside {@link Sandbox}: a decoder of somebody's media, for a moment.
///
/// The input is in memory before the child starts, so a slow storage never keeps one waiting. What
/// it writes is bounded; so is what it says on its standard error, of which the first lines are
/// kept. When {@link #run} returns or throws, the child and all that it started are gone.
/// Thread-safe: each call is one child. {@link #run} blocks; call it on a platform thread, because
/// reading a pipe holds on to the thread. {@link #close} ends the children that run.
public final class PipedChild implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PipedChild.class);

    private static final int MAX_ERROR_BYTES = 4096;
    private static final int SIGXCPU = 128 + 24;
    private static final int PIECE = 1 << 16;

    /// One thread ends those that are late; it waits for nothing but the clock.
    private static final ScheduledExecutorService DEADLINES =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("child-deadline").factory());

    /// Feeders and error readers, two a child: the callers bound how many there are.
    private static final ExecutorService PIPES =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().daemon().name("child-pipe-", 0).factory());

    private final Sandbox sandbox;
    private final Sandbox.View view;
    private final ChildLimits limits;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /// @param limits `outputBytes` is of its standard output; `noProgress` is not watched
    public PipedChild(Sandbox sandbox, Sandbox.View view, ChildLimits limits) {
        this.sandbox = sandbox;
        this.view = view;
        this.limits = limits;
    }

    /// @param ended why we ended it, when we did
    private record Running(
            Process process,
            ProcessFamily family,
            AtomicReference<ChildOutcome.@Nullable Reason> ended) {
        /// The first reason counts. Waits for nobody.
        void end(ChildOutcome.Reason reason) {
            if (ended.compareAndSet(null, reason)) {
                PIPES.execute(() -> family.kill(process));
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        running.forEach(child -> child.end(ChildOutcome.Reason.CANCELLED));
    }

    /// How it ended, and what it wrote until then.
    public record Result(ChildOutcome outcome, byte[] output) {}

    /// @param command an argument array
    /// @param name of the request it is for, for the log
    /// @param input written by pieces, in order
    /// @throws InterruptedException after the child and its descendants have ended
    public Result run(String name, List<String> command, List<byte[]> input)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(sandbox.command(command, view, limits))
                        .directory(view.workingFolder().toFile());
        builder.environment().clear();
        builder.environment().putAll(sandbox.environment(view));
        var family = new ProcessFamily();
        family.mark(builder.environment());
        if (closed) {
            throw new InterruptedIOException("closed");
        }
        Process process = ChildStarter.start(builder, family);
        var child = new Running(process, family, new AtomicReference<>());
        running.add(child);
        if (closed) {
            child.end(ChildOutcome.Reason.CANCELLED);
        }
        ScheduledFuture<?> deadline =
                DEADLINES.schedule(
                        () -> child.end(ChildOutcome.Reason.WALL_CLOCK),
                        limits.wallClock().toMillis(),
                        TimeUnit.MILLISECONDS);
        boolean done = false;
        try {
            Future<?> feeder = PIPES.submit(() -> feed(process, input));
            CompletableFuture<List<String>> errors =
                    CompletableFuture.supplyAsync(() -> errorLines(process), PIPES);
            byte[] output = read(child);
            int exit = process.waitFor();
            done = true;
            feeder.cancel(true);
            ChildOutcome.Reason reason = child.ended.get();
            List<String> lines = settle(family, process, reason != null, errors);
            if (reason == null && exit == SIGXCPU) {
                reason = ChildOutcome.Reason.CPU;
            }
            if (reason != null) {
                log.warn("{}: process {} was ended: {}", name, process.pid(), reason);
                return new Result(new ChildOutcome.Ended(reason, lines), output);
            }
            return new Result(new ChildOutcome.Exited(exit, lines), output);
        } finally {
            deadline.cancel(false);
            running.remove(child);
            if (!done) {
                family.kill(process);
            }
        }
    }

    /// In a sandbox with its own process namespace nothing outlives a child that ended by itself;
    /// elsewhere, and where the sandbox was killed from outside, it is looked for.
    private List<String> settle(
            ProcessFamily family,
            Process process,
            boolean killed,
            CompletableFuture<List<String>> errors)
            throws InterruptedException {
        if (killed || !sandbox.isBubblewrap()) {
            family.killRemaining(process);
        }
        try {
            return errors.get(5, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException
                | java.util.concurrent.ExecutionException _) {
            return List.of();
        }
    }

    /// A child that has seen enough closes its input; that is no failure.
    private static void feed(Process process, List<byte[]> input) {
        try (OutputStream out = process.getOutputStream()) {
            for (byte[] piece : input) {
                out.write(piece);
            }
        } catch (IOException e) {
            log.trace("input of process {}: {}", process.pid(), e.toString());
        }
    }

    private byte[] read(Running child) throws IOException {
        var output = new ByteArrayOutputStream(PIECE);
        byte[] piece = new byte[PIECE];
        try (InputStream in = child.process.getInputStream()) {
            int read;
            while ((read = in.read(piece)) >= 0) {
                if (output.size() + (long) read > limits.outputBytes()) {
                    child.end(ChildOutcome.Reason.OUTPUT_SIZE);
                    break;
                }
                output.write(piece, 0, read);
            }
        }
        return output.toByteArray();
    }

    private static List<String> errorLines(Process process) {
        var kept = new ByteArrayOutputStream();
        byte[] piece = new byte[1024];
        try (InputStream in = process.getErrorStream()) {
            int read;
            while ((read = in.read(piece)) >= 0) {
                kept.write(piece, 0, Math.min(read, MAX_ERROR_BYTES - kept.size()));
            }
        } catch (IOException e) {
            log.trace("errors of process {}: {}", process.pid(), e.toString());
        }
        var lines = new ArrayList<String>();
        kept.toString(StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .forEach(lines::add);
        return lines;
    }
}
