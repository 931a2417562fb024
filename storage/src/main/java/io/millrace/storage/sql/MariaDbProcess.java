package io.millrace.storage.sql;

import io.millrace.storage.process.ChildStarter;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One child process of the embedded database: its last lines, whether it said it is ready, how it
/// is stopped. Thread-safe.
final class MariaDbProcess {
    private static final Logger log = LoggerFactory.getLogger(MariaDbProcess.class);
    private static final String READY = "ready for connections";
    private static final int KEPT_LINES = 40;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final Process process;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CountDownLatch readyOrEnded = new CountDownLatch(1);
    private volatile boolean ready;

    private MariaDbProcess(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().name("mariadb-output").start(this::readOutput);
    }

    /// @param signal sent to the child by the kernel when this JVM dies: TERM lets InnoDB close
    static MariaDbProcess start(List<String> command, String signal, Path workFolder)
            throws IOException {
        var full = new java.util.ArrayList<>(ChildStarter.dieWithParent(signal));
        full.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(full).redirectErrorStream(true).directory(workFolder.toFile());
        String path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
        builder.environment().put("LC_ALL", "C");
        MariaDbProcess started = new MariaDbProcess(ChildStarter.start(builder));
        started.process.getOutputStream().close();
        return started;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    boolean isReady() {
        return ready && process.isAlive();
    }

    /// Waits until the server said that it is ready or ended.
    boolean awaitReady(Duration limit) throws InterruptedException {
        return readyOrEnded.await(limit.toMillis(), TimeUnit.MILLISECONDS) && ready;
    }

    int waitFor() throws InterruptedException {
        int code = process.waitFor();
        readyOrEnded.await(5, TimeUnit.SECONDS);
        return code;
    }

    boolean waitFor(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    String lastLines() {
        synchronized (lastLines) {
            return String.join("\n", lastLines);
        }
    }

    /// Asks the server to end, waits, and ends it. Not interruptible: a server that is left running
    /// would stop the next start.
    void stop() {
        stop(process.toHandle());
    }

    static void stop(ProcessHandle handle) {
        handle.destroy();
        if (!awaitEnd(handle, STOP_LIMIT)) {
            log.warn(
                    "embedded database: process {} did not end within {} s; killing it",
                    handle.pid(),
                    STOP_LIMIT.toSeconds());
            handle.destroyForcibly();
            awaitEnd(handle, Duration.ofSeconds(10));
        }
    }

    private static boolean awaitEnd(ProcessHandle handle, Duration limit) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (handle.isAlive()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    handle.onExit().get(left, TimeUnit.NANOSECONDS);
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (java.util.concurrent.TimeoutException _) {
                    return !handle.isAlive();
                } catch (java.util.concurrent.ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Ends the server that an earlier JVM left behind on this data folder, when there is one.
    static void stopLeftover(Path pidFile, Path dataFolder) throws IOException {
        if (!Files.exists(pidFile)) {
            return;
        }
        String text = Files.readString(pidFile).strip();
        if (text.matches("[0-9]{1,10}")) {
            long pid = Long.parseLong(text);
            ProcessHandle handle = ProcessHandle.of(pid).orElse(null);
            if (handle != null && commandLine(pid).contains("--datadir=" + dataFolder)) {
                log.warn("embedded database: stopping process {}, left by an earlier run", pid);
                stop(handle);
            }
        }
        Files.deleteIfExists(pidFile);
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }

    private void readOutput() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = lines.readLine()) != null) {
                synchronized (lastLines) {
                    lastLines.addLast(line);
                    if (lastLines.size() > KEPT_LINES) {
                        lastLines.removeFirst();
                    }
                }
                if (line.contains("[ERROR]")) {
                    log.warn("embedded database: {}", line);
                } else {
                    log.debug("embedded database: {}", line);
                }
                if (line.contains(READY)) {
                    ready = true;
                    readyOrEnded.countDown();
                }
            }
        } catch (IOException e) {
            log.debug("embedded database: output ended: {}", e.toString());
        } finally {
            readyOrEnded.countDown();
        }
    }
}
