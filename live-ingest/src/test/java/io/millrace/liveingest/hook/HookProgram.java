package io.millrace.liveingest.hook;

import com.sun.net.httpserver.HttpServer;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.liveingest.gate.PlayGate;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/// An operator's program: a real HTTP server, which says what a test has it say.
public final class HookProgram implements AutoCloseable {
    /// @param text for the person
    public record Says(int status, String text) {
        public static final Says YES = new Says(200, "");
    }

    /// Every question, as it came.
    public final List<JsonNode> heard = new CopyOnWriteArrayList<>();

    /// How it answers.
    public volatile Function<JsonNode, Says> answers = _ -> Says.YES;

    /// Taken for each answer: whoever drains it holds them up.
    public final Semaphore mayAnswer = new Semaphore(1_000_000);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final LiveHooks hooks;
    private final MeterRegistry meters;

    public HookProgram(Duration timeout, MeterRegistry meters) throws IOException {
        this.meters = meters;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        server.setExecutor(threads);
        server.createContext(
                "/hook",
                exchange -> {
                    JsonNode question =
                            JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
                    heard.add(question);
                    mayAnswer.acquireUninterruptibly();
                    Says said = answers.apply(question);
                    byte[] text = said.text().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(
                            said.status(), text.length == 0 ? -1 : text.length);
                    exchange.getResponseBody().write(text);
                    exchange.close();
                });
        server.start();
        hooks =
                new LiveHooks(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook"),
                        Set.of("play"),
                        timeout,
                        "node-1",
                        meters);
    }

    /// As a node with this hook asks it.
    public PlayGate gate() {
        return HookedPlay.of(hooks, meters);
    }

    /// What it was asked about, one field of each question.
    public List<String> heard(String field) {
        return heard.stream().map(question -> question.path(field).asString()).toList();
    }

    /// Nobody is there any more.
    public void goAway() {
        server.stop(0);
    }

    @Override
    public void close() {
        mayAnswer.release(1_000_000);
        hooks.close();
        server.stop(0);
        threads.close();
    }
}
