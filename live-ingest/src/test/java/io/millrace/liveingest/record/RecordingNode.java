package io.millrace.liveingest.record;

import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.LiveServer;
import io.millrace.liveingest.record.RecordingOptions.Orphans;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A live node in a process of its own, to be killed. As a program: arguments folder, node's name,
/// the file that it writes where to publish to, and after how many ms recordings count as orphans;
/// ends in order when its input ends.
public final class RecordingNode implements AutoCloseable {
    private final Process process;
    private final Path portFile;

    private RecordingNode(Process process, Path portFile) {
        this.process = process;
        this.portFile = portFile;
    }

    public static void main(String[] arguments) throws IOException {
        Path portFile = Path.of(arguments[2]);
        var options =
                LiveIngestOptions.onPorts(0, null)
                        .withNodeName(arguments[1])
                        .withRecording(options(Duration.ofMillis(Long.parseLong(arguments[3]))));
        try (var server = new LiveServer(Path.of(arguments[0]), options)) {
            Path aside = portFile.resolveSibling(portFile.getFileName() + ".new");
            Files.writeString(aside, server.publishUrl("ENTRY", "secret"));
            Files.move(aside, portFile, StandardCopyOption.ATOMIC_MOVE);
            while (System.in.read() >= 0) {
                // Until the parent lets go.
            }
        }
        System.exit(0);
    }

    static RecordingOptions options(Duration orphanAfter) {
        return RecordingOptions.of("node")
                .withOrphans(new Orphans(orphanAfter.dividedBy(5), orphanAfter));
    }

    static RecordingNode start(Path blobs, String name, Path scratch, String failpoint)
            throws IOException {
        return start(blobs, name, scratch, failpoint, Duration.ofSeconds(25));
    }

    /// @param orphanAfter as in {@link Orphans}
    /// @param failpoint as in {@link io.millrace.storage.failpoint.Failpoints}; empty for none
    static RecordingNode start(
            Path blobs, String name, Path scratch, String failpoint, Duration orphanAfter)
            throws IOException {
        Path portFile = scratch.resolve(name + "-" + System.nanoTime() + ".port");
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx96m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path")));
        if (!failpoint.isEmpty()) {
            command.add("-Dmillrace.failpoint=" + failpoint);
        }
        command.addAll(
                List.of(
                        RecordingNode.class.getName(),
                        blobs.toString(),
                        name,
                        portFile.toString(),
                        Long.toString(orphanAfter.toMillis())));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(scratch.resolve(name + ".log").toFile())
                        .start();
        return new RecordingNode(process, portFile);
    }

    /// Where to publish; null while it starts, or when it died before.
    String publishUrl(String entryId) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!Files.exists(portFile) && process.isAlive() && System.nanoTime() < deadline) {
            process.waitFor(50, TimeUnit.MILLISECONDS);
        }
        return Files.exists(portFile) ? Files.readString(portFile).replace("ENTRY", entryId) : "";
    }

    /// The exit code, or -1 when it lives on.
    int await(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// SIGKILL.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(60, TimeUnit.SECONDS);
    }

    /// @param name `STOP` or `CONT`
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }

    /// Has it end in order.
    void finish() throws IOException {
        process.getOutputStream().close();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
