package io.millrace.storage.process;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Starts child processes from one thread that lives as long as the JVM.
///
/// Linux sends the parent-death signal when the *thread* that forked the child ends, not the
/// process. A child that asks for it (`setpriv --pdeathsig`, `bwrap --die-with-parent`) and was
/// forked by a pool thread or by the carrier of a virtual thread would be killed at that thread's
/// next idle time-out. Thread-safe.
public final class ChildStarter {
    private static final ExecutorService FORKER =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("child-starter").factory());

    private static final boolean SETPRIV = Files.isExecutable(Path.of("/usr/bin/setpriv"));

    private ChildStarter() {}

    /// Like `ProcessBuilder.start()`, on the thread that stays. When it throws there is no child,
    /// also where the caller was interrupted while one was being made.
    public static Process start(ProcessBuilder builder) throws IOException {
        return start(builder, new ProcessFamily());
    }

    /// @param family the child's, to end it and what it started
    static Process start(ProcessBuilder builder, ProcessFamily family) throws IOException {
        Future<Process> starting = FORKER.submit(builder::start);
        boolean interrupted = false;
        try {
            Process process = null;
            while (process == null) {
                try {
                    process = starting.get();
                } catch (InterruptedException _) {
                    interrupted = true; // a fork is soon over, and nobody else would end the child
                }
            }
            if (interrupted || Thread.interrupted()) {
                interrupted = true;
                family.kill(process);
                throw new InterruptedIOException(
                        "interrupted while starting " + builder.command().getFirst());
            }
            return process;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException("cannot start " + builder.command().getFirst(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Puts in front of a command what makes the kernel send it `signal` (`TERM`, `KILL`) when this
    /// JVM dies however it dies. Nothing where util-linux's setpriv is missing; a shutdown hook and
    /// the check for a stale server then are what is left.
    public static List<String> dieWithParent(String signal) {
        return SETPRIV ? List.of("/usr/bin/setpriv", "--pdeathsig", signal, "--") : List.of();
    }
}
