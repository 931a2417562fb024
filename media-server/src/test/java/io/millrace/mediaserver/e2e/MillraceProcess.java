package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// One run of `bin/millrace` of the distribution that this build made.
final class MillraceProcess implements AutoCloseable {
    /// As an operator on a small machine runs it; leaks of buffers show in the log.
    private static final String JAVA_OPTS = "-Xmx512m -Dio.netty.leakDetection.level=paranoid";

    static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final Process process;
    private final Path log;
    private final int portBase;

    private MillraceProcess(Process process, Path log, int portBase) {
        this.process = process;
        this.log = log;
        this.portBase = portBase;
    }

    static Path launcher() {
        String dist = System.getProperty("millrace.dist");
        Assumptions.assumeTrue(
                dist != null, "skipped: no distribution (run by `mvn verify`, after packaging)");
        return Path.of(dist, "bin", "millrace");
    }

    /// Starts a command on a data folder below `folder` and does not wait for it.
    static MillraceProcess start(Path folder, int portBase, String... arguments)
            throws IOException {
        var all = new ArrayList<String>(List.of(arguments));
        all.addAll(List.of("--data", folder.resolve("data").toString()));
        return startBare(folder, portBase, all.toArray(String[]::new));
    }

    /// Starts a command without naming a data folder.
    ///
    /// @param folder for the log
    static MillraceProcess startBare(Path folder, int portBase, String... arguments)
            throws IOException {
        Files.createDirectories(folder);
        Path log = Files.createTempFile(folder, "run-", ".log");
        var command = new ArrayList<String>();
        command.add(launcher().toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--port-base", Integer.toString(portBase)));
        var builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().put("MILLRACE_JAVA_OPTS", JAVA_OPTS);
        return new MillraceProcess(builder.start(), log, portBase);
    }

    /// Starts `serve` and waits until it is ready.
    static MillraceProcess serve(Path folder, int portBase, String... more) throws IOException {
        var arguments = new ArrayList<String>(List.of("serve"));
        arguments.addAll(List.of(more));
        MillraceProcess process = start(folder, portBase, arguments.toArray(String[]::new));
        process.awaitReady();
        return process;
    }

    /// Starts a live server on its own, its recordings below `folder`'s `media`, and waits until it
    /// is ready.
    ///
    /// @param settings as `--set` takes them
    static MillraceProcess liveAlone(Path folder, String... settings) throws IOException {
        Path media = Files.createDirectories(folder.resolve("media"));
        var arguments = new ArrayList<String>(List.of("serve", "--roles", "live,delivery"));
        arguments.addAll(List.of("--local-root", media.toString()));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        MillraceProcess process =
                startBare(folder, freePortBase(), arguments.toArray(String[]::new));
        process.awaitReady();
        return process;
    }

    /// Where a stream of a server on its own is published.
    String rtmp(String name) {
        return "rtmp://127.0.0.1:" + (portBase + 2) + "/live/" + name;
    }

    /// Five free ports in a row, which no other JVM of this build's tests is given: each has a
    /// range of its own.
    static int freePortBase() throws IOException {
        int first = 20_000 + 4_000 * ((Integer.getInteger("millrace.test.fork", 1) - 1) % 3);
        for (int attempt = 0; attempt < 200; attempt++) {
            int base = ThreadLocalRandom.current().nextInt(first, first + 3_990);
            if (areFree(base)) {
                return base;
            }
        }
        throw new IOException("no five free ports in a row");
    }

    private static boolean areFree(int base) {
        for (int port = base; port < base + 5; port++) {
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress("127.0.0.1", port));
            } catch (IOException _) {
                return false;
            }
        }
        return true;
    }

    void awaitReady() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> {
                            if (!process.isAlive()) {
                                throw new AssertionError("it stopped while starting:\n" + output());
                            }
                            return status(operations("/readyz")) == 200;
                        });
    }

    String base() {
        return "http://127.0.0.1:" + portBase;
    }

    String operations(String path) {
        return "http://127.0.0.1:" + (portBase + 3) + path;
    }

    int portBase() {
        return portBase;
    }

    Process process() {
        return process;
    }

    String output() throws IOException {
        return Files.readString(log);
    }

    /// SIGTERM, and what must be true after it.
    void stop() throws IOException, InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("stops within 60 s of SIGTERM")
                .isTrue();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () ->
                                assertThat(children.stream().filter(ProcessHandle::isAlive))
                                        .isEmpty());
        assertThat(output()).doesNotContain("LEAK:");
    }

    /// `kill -9`, as a crash.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    static int status(String url) {
        return get(url).map(HttpResponse::statusCode).findFirst().orElse(0);
    }

    static String body(String url) {
        return get(url).map(HttpResponse::body).findFirst().orElse("");
    }

    /// Empty when nobody answers.
    static Stream<HttpResponse<String>> get(String url) {
        try {
            var request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60)).build();
            return Stream.of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException _) {
            return Stream.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
