package io.millrace.liveingest.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.auth.PublishRequest;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// The operator's program is a real HTTP server.
class LiveHooksTest {
    private record Said(int status, String text) {}

    private final Deque<Said> answers = new ArrayDeque<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private HttpServer program;
    private LiveHooks hooks;

    @BeforeEach
    void start() throws IOException {
        program = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        program.createContext(
                "/hook",
                exchange -> {
                    heard.add(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                    Said said;
                    synchronized (answers) {
                        said = answers.isEmpty() ? new Said(200, "") : answers.poll();
                    }
                    byte[] text = said.text().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(
                            said.status(), text.length == 0 ? -1 : text.length);
                    exchange.getResponseBody().write(text);
                    exchange.close();
                });
        program.start();
        hooks = hooks(program.getAddress().getPort());
    }

    private static LiveHooks hooks(int port) {
        return new LiveHooks(
                URI.create("http://127.0.0.1:" + port + "/hook"),
                Set.of("publish", "unpublish"),
                Duration.ofSeconds(5),
                "node-1",
                new SimpleMeterRegistry());
    }

    @AfterEach
    void stop() {
        hooks.close();
        program.stop(0);
    }

    private void answer(int status, String text) {
        synchronized (answers) {
            answers.add(new Said(status, text));
        }
    }

    private PublishDecision publish(PublishDecision first) throws Exception {
        return new HookedAuthorizer(_ -> CompletableFuture.completedFuture(first), hooks)
                .authorize(
                        new PublishRequest(
                                "cam",
                                "",
                                0,
                                "k",
                                "cam",
                                "live",
                                "192.0.2.1",
                                Map.of("key", "k", "room", "5")))
                .toCompletableFuture()
                .get();
    }

    @Test
    void theProgramAllowsRefusesOrCannotBeAsked() throws Exception {
        var allowed = new Allowed("cam", true);
        assertThat(publish(allowed)).isEqualTo(allowed);
        assertThat(heard)
                .singleElement()
                .asString()
                .contains("\"event\":\"publish\"")
                .contains("\"node\":\"node-1\"")
                .contains("\"stream\":\"cam\"")
                .contains("\"address\":\"192.0.2.1\"")
                .contains("\"room\":\"5\"");
        answer(403, "The lecture is over.\nmore");
        assertThat(publish(allowed))
                .isEqualTo(new Denied(Reason.UNAUTHORIZED, "The lecture is over."));
        answer(500, "stack trace");
        assertThat(publish(allowed))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.reason()).isEqualTo(Reason.UNAVAILABLE));
    }

    @Test
    void whoIsRefusedAlreadyIsNotAskedAbout() throws Exception {
        var denied = new Denied(Reason.NOT_FOUND, "no");
        assertThat(publish(denied)).isEqualTo(denied);
        assertThat(heard).isEmpty();
    }

    @Test
    void aProgramThatIsNotThereLetsNobodyIn() throws Exception {
        int port = program.getAddress().getPort();
        program.stop(0);
        try (LiveHooks deaf = hooks(port)) {
            assertThat(deaf.ask("publish", Map.of()).toCompletableFuture().get())
                    .isEqualTo(new LiveHooks.Answer.Unknown());
            assertThat(deaf.ask("play", Map.of()).toCompletableFuture().get())
                    .as("an event that the program does not want")
                    .isEqualTo(new LiveHooks.Answer.Yes());
        }
    }

    @Test
    void whatIsToldIsToldAgainUntilItWasHeard() {
        answer(503, "");
        hooks.tell("unpublish", Map.of("stream", "cam"));
        hooks.tell("record-started", Map.of("stream", "cam"));
        await().atMost(Duration.ofSeconds(60)).until(() -> heard.size() == 2);
        assertThat(heard).allMatch(text -> text.contains("\"event\":\"unpublish\""));
    }
}
