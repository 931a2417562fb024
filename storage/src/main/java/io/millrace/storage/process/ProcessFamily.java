package io.millrace.storage.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// A child, its process group and everything it started, however well that hid.
///
/// A descendant that made its own session and lost its parent is neither in the group nor below the
/// child any more; but it has inherited our mark in its environment. (In a sandbox with its own
/// process namespace killing the namespace's first process ends all the others.) One thread at a
/// time.
final class ProcessFamily {
    private static final Logger log = LoggerFactory.getLogger(ProcessFamily.class);

    private static final String MARK = "MILLRACE_CHILD";
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final String mark = UUID.randomUUID().toString();

    void mark(Map<String, String> environment) {
        environment.put(MARK, mark);
    }

    /// Kills the group and all descendants and waits until none is left.
    void kill(Process child) {
        signalGroup(child.pid());
        child.descendants().forEach(ProcessHandle::destroyForcibly);
        child.destroyForcibly();
        killRemaining(child);
    }

    /// Kills what is left of a child's family when the child itself may have ended.
    void killRemaining(Process child) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                Set<Long> left = marked();
                if (child.isAlive()) {
                    left.add(child.pid());
                }
                if (left.isEmpty()) {
                    return;
                }
                if (System.nanoTime() > deadline) {
                    log.error("processes {} do not end although they were killed", left);
                    return;
                }
                left.forEach(
                        pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
                try {
                    Thread.sleep(10);
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// The processes, other than zombies, that carry our mark.
    private Set<Long> marked() {
        Set<Long> found = new HashSet<>();
        String wanted = MARK + '=' + mark;
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    // A zombie's environment is empty.
                    String environment =
                            Files.readString(
                                    process.resolve("environ"),
                                    java.nio.charset.StandardCharsets.ISO_8859_1);
                    if (environment.contains(wanted)) {
                        found.add(Long.parseLong(String.valueOf(process.getFileName())));
                    }
                } catch (IOException _) {
                    // Ended meanwhile, or another user's.
                }
            }
        } catch (IOException e) {
            log.debug("/proc: {}", e.toString());
        }
        return found;
    }

    /// Java cannot signal a group; the child leads its own.
    private static void signalGroup(long group) {
        for (String program : new String[] {"/usr/bin/kill", "/bin/kill"}) {
            if (Files.isExecutable(Path.of(program))) {
                try {
                    new ProcessBuilder(program, "-KILL", "--", "-" + group)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor(2, java.util.concurrent.TimeUnit.SECONDS);
                } catch (IOException e) {
                    log.debug("kill -{}: {}", group, e.toString());
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
                return;
            }
        }
    }
}
