package io.millrace.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the system says of the server's process.
record ServerProcess(long pid) {
    private Path proc(String name) {
        return Path.of("/proc", Long.toString(pid), name);
    }

    /// What its threads have run for so far, in nanoseconds; finer than the clock ticks of `stat`.
    long cpuNanos() throws IOException {
        List<Path> threads;
        try (Stream<Path> tasks = Files.list(proc("task"))) {
            threads = tasks.toList();
        }
        long sum = 0;
        for (Path thread : threads) {
            try {
                String text = Files.readString(thread.resolve("schedstat"));
                sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
            } catch (NoSuchFileException _) {
                continue; // ended meanwhile
            }
        }
        return sum;
    }

    long residentBytes() throws IOException {
        Matcher rss =
                Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(Files.readString(proc("status")));
        return rss.find() ? Long.parseLong(rss.group(1)) << 10 : 0;
    }

    int openFiles() throws IOException {
        try (Stream<Path> files = Files.list(proc("fd"))) {
            return (int) files.count();
        }
    }

    int threads() throws IOException {
        try (Stream<Path> tasks = Files.list(proc("task"))) {
            return (int) tasks.count();
        }
    }

    boolean isJava() throws IOException {
        return Files.readString(proc("comm")).startsWith("java");
    }

    /// Live objects: what is left after a full collection. 0 where it is no Java.
    long heapBytes() throws IOException, InterruptedException {
        if (!isJava()) {
            return 0;
        }
        jcmd("GC.run");
        jcmd("GC.run");
        Matcher used = Pattern.compile("used (\\d+)K").matcher(jcmd("GC.heap_info"));
        return used.find() ? Long.parseLong(used.group(1)) << 10 : 0;
    }

    /// Direct memory that Netty holds, used or ready to be, by the server's own metrics.
    ///
    /// @param operations its operations listener, host:port
    static long directBytes(String operations) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String text =
                    http.send(
                                    HttpRequest.newBuilder(
                                                    URI.create("http://" + operations + "/metrics"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
            Matcher used =
                    Pattern.compile(
                                    "(?m)^netty_allocator_memory_used\\{.*memory_type=\"direct\".*} (\\S+)$")
                            .matcher(text);
            return used.find() ? (long) Double.parseDouble(used.group(1)) : 0;
        }
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(pid),
                                command)
                        .redirectErrorStream(true)
                        .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }
}
