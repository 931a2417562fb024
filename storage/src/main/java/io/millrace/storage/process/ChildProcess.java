package io.millrace.storage.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs one command to its end, within limits.
///
/// The command is an argument array; no shell takes part. It runs inside {@link Sandbox}, in a
/// session and process group of its own, and dies with this JVM. Its standard output goes line by
/// line to a consumer; of its standard error the last lines are kept. When a limit is passed or the
/// job is taken away, the group and all descendants are killed, and {@link #run} returns only when
/// none is left.
///
/// Threading: {@link #run} blocks its caller; call it on a virtual thread.
public final class ChildProcess {
    private static final Logger log = LoggerFactory.getLogger(ChildProcess.class);

    private static final int KEPT_LINES = 40;
    private static final int LONGEST_LINE = 2000;
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);

    /// What the kernel reports for a child that passed its CPU or file size limit: 128 + signal.
    private static final int SIGXCPU = 128 + 24;

    private static final int SIGXFSZ = 128 + 25;

    private final String name;
    private final List<String> command;
    private final ChildLimits limits;
    private final ProcessFamily family;
    private final Sandbox sandbox;
    private final Sandbox.View view;
    private final Path outputFolder;
    private final AtomicLong lastSign = new AtomicLong(System.nanoTime());
    private final Deque<String> lastErrorLines = new ArrayDeque<>();

    /// @param name of the job it is for, for the log
    /// @param view the files it may see, with a folder for its output
    public ChildProcess(
            String name,
            List<String> command,
            Sandbox sandbox,
            Sandbox.View view,
            ChildLimits limits) {
        this.name = name;
        this.command = List.copyOf(command);
        this.sandbox = sandbox;
        this.view = view;
        if (view.outputFolder() == null) {
            throw new IllegalArgumentException("view: no output folder (expected: one)");
        }
        this.outputFolder = view.outputFolder();
        this.limits = limits;
        this.family = new ProcessFamily();
    }

    /// Runs the command.
    ///
    /// @param standardOutput gets each line, on one thread of its own
    /// @param cancelled asked several times a second
    /// @throws InterruptedException after the child and its descendants have ended
    public ChildOutcome run(Consumer<String> standardOutput, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(sandbox.command(command, view, limits))
                        .directory(view.workingFolder().toFile());
        builder.environment().clear();
        builder.environment().putAll(sandbox.environment(view));
        family.mark(builder.environment());
        long started = System.nanoTime();
        Process process = ChildStarter.start(builder, family);
        process.getOutputStream().close();
        Thread output =
                Thread.ofPlatform()
                        .daemon()
                        .name("child-out-" + process.pid())
                        .start(() -> readOutput(process, standardOutput));
        Thread error =
                Thread.ofPlatform()
                        .daemon()
                        .name("child-err-" + process.pid())
                        .start(() -> readErrors(process));
        try {
            ChildOutcome.Reason reason = watch(process, started, cancelled);
            if (reason != null) {
                log.warn("{}: ending process {}: {}", name, process.pid(), reason);
                family.kill(process);
            }
            process.waitFor();
            // What the child itself left behind, if anything, would keep its pipes open.
            family.killRemaining(process);
            output.join(Duration.ofSeconds(5));
            error.join(Duration.ofSeconds(5));
            List<String> lines = errorLines();
            if (reason != null) {
                return new ChildOutcome.Ended(reason, lines);
            }
            return switch (process.exitValue()) {
                case SIGXCPU -> new ChildOutcome.Ended(ChildOutcome.Reason.CPU, lines);
                case SIGXFSZ -> new ChildOutcome.Ended(ChildOutcome.Reason.OUTPUT_SIZE, lines);
                default -> new ChildOutcome.Exited(process.exitValue(), lines);
            };
        } finally {
            if (process.isAlive()) {
                family.kill(process);
            }
        }
    }

    private ChildOutcome.@org.jspecify.annotations.Nullable Reason watch(
            Process process, long started, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        long lastSize = 0;
        while (!process.waitFor(WATCH_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            long now = System.nanoTime();
            if (cancelled.getAsBoolean()) {
                return ChildOutcome.Reason.CANCELLED;
            }
            if (now - started > limits.wallClock().toNanos()) {
                return ChildOutcome.Reason.WALL_CLOCK;
            }
            long size = size(outputFolder);
            if (size > limits.outputBytes()) {
                return ChildOutcome.Reason.OUTPUT_SIZE;
            }
            if (size != lastSize) {
                lastSize = size;
                lastSign.set(now);
            }
            if (now - lastSign.get() > limits.noProgress().toNanos()) {
                return ChildOutcome.Reason.NO_PROGRESS;
            }
        }
        return null;
    }

    /// A line that says the same again is no sign of life: ffmpeg reports its position every second
    /// whether it moves or not.
    private void readOutput(Process process, Consumer<String> consumer) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = readBoundedLine(lines)) != null) {
                try {
                    consumer.accept(line);
                } catch (RuntimeException e) {
                    log.warn("{}: reading the output of process {}", name, process.pid(), e);
                }
            }
        } catch (IOException e) {
            log.debug("{}: output of process {}: {}", name, process.pid(), e.toString());
        }
    }

    /// The consumer tells that the child moved on; without it only growing output counts.
    public void signOfLife() {
        lastSign.set(System.nanoTime());
    }

    private void readErrors(Process process) {
        try (InputStream raw = process.getErrorStream();
                BufferedReader lines =
                        new BufferedReader(
                                new java.io.InputStreamReader(raw, StandardCharsets.UTF_8))) {
            String line;
            while ((line = readBoundedLine(lines)) != null) {
                synchronized (lastErrorLines) {
                    lastErrorLines.addLast(line);
                    if (lastErrorLines.size() > KEPT_LINES) {
                        lastErrorLines.removeFirst();
                    }
                }
            }
        } catch (IOException e) {
            log.debug("{}: errors of process {}: {}", name, process.pid(), e.toString());
        }
    }

    private List<String> errorLines() {
        synchronized (lastErrorLines) {
            return List.copyOf(lastErrorLines);
        }
    }

    /// A line, cut where it is too long; null at the end.
    private static @org.jspecify.annotations.Nullable String readBoundedLine(BufferedReader in)
            throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = in.read()) >= 0) {
            if (c == '\n' || c == '\r') {
                if (line.isEmpty()) {
                    continue;
                }
                return line.toString();
            }
            if (line.length() < LONGEST_LINE) {
                line.append((char) c);
            }
        }
        return line.isEmpty() ? null : line.toString();
    }

    private static long size(Path folder) throws IOException {
        long total = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                try {
                    total += Files.size(file);
                } catch (NoSuchFileException _) {
                    // Renamed or removed by the child meanwhile.
                }
            }
        }
        return total;
    }
}
