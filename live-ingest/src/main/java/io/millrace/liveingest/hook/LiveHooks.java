package io.millrace.liveingest.hook;

import io.micrometer.core.instrument.MeterRegistry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The operator's program at one URL. Each event is a POST with a JSON object: `event`, `node`,
/// `time`, and what the event is about.
///
/// | event | answer |
/// |---|---|
/// | `publish`, `play` | 2xx allows; 4xx refuses with the first line of its text; anything else, or nobody there, is no answer |
/// | `unpublish`, `record-started`, `record-finished`, `record-failed` | 2xx; else told again, {@link #TRIES} times in all |
///
/// Never blocks; a bounded number of calls waits, what comes beyond is counted and dropped.
/// Thread-safe.
public final class LiveHooks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveHooks.class);
    static final int TRIES = 5;
    private static final int MAX_CALLS = 1000;
    private static final int MAX_REASON = 200;
    private static final JsonMapper JSON = JsonMapper.shared();

    /// What a program said to a question.
    public sealed interface Answer {
        record Yes() implements Answer {}

        /// @param reason for the person at the encoder or player
        record No(String reason) implements Answer {}

        /// Nobody could be asked.
        record Unknown() implements Answer {}
    }

    private final URI url;
    private final Set<String> events;
    private final Duration timeout;
    private final String node;
    private final MeterRegistry meters;
    private final HttpClient client;
    private final AtomicInteger calls = new AtomicInteger();

    /// @param events which of them the program wants
    public LiveHooks(
            URI url, Set<String> events, Duration timeout, String node, MeterRegistry meters) {
        this.url = url;
        this.events = Set.copyOf(events);
        this.timeout = timeout;
        this.node = node;
        this.meters = meters;
        this.client =
                HttpClient.newBuilder()
                        .connectTimeout(timeout)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
        meters.gauge("millrace.live.hook.calls", calls, AtomicInteger::get);
    }

    public boolean wants(String event) {
        return events.contains(event);
    }

    /// Asks for leave; a program that does not want the event allows it.
    public CompletionStage<Answer> ask(String event, Map<String, ?> about) {
        if (!wants(event)) {
            return CompletableFuture.completedFuture(new Answer.Yes());
        }
        return post(event, about)
                .handle(
                        (response, failure) -> {
                            if (failure != null) {
                                log.warn("hook {}: {}", event, failure.toString());
                                return new Answer.Unknown();
                            }
                            int status = response.statusCode();
                            if (status / 100 == 2) {
                                return new Answer.Yes();
                            }
                            if (status / 100 == 4) {
                                return new Answer.No(reason(response.body()));
                            }
                            log.warn("hook {}: answered {}", event, status);
                            return new Answer.Unknown();
                        });
    }

    /// Tells, again and again for a while if need be.
    public void tell(String event, Map<String, ?> about) {
        if (wants(event)) {
            tell(event, about, 1);
        }
    }

    private void tell(String event, Map<String, ?> about, int attempt) {
        post(event, about)
                .whenComplete(
                        (response, failure) -> {
                            if (failure == null && response.statusCode() / 100 == 2) {
                                return;
                            }
                            String why =
                                    failure != null
                                            ? failure.toString()
                                            : "answered " + response.statusCode();
                            if (attempt == TRIES || failure instanceof TooManyCallsException) {
                                log.error("hook {}: given up: {}", event, why);
                                count(event, "lost");
                                return;
                            }
                            log.warn("hook {}: attempt {}: {}", event, attempt, why);
                            CompletableFuture.delayedExecutor(1L << attempt, TimeUnit.SECONDS)
                                    .execute(() -> tell(event, about, attempt + 1));
                        });
    }

    private static final class TooManyCallsException extends Exception {
        private static final long serialVersionUID = 1L;

        TooManyCallsException() {
            super("more than " + MAX_CALLS + " calls wait", null, false, false);
        }
    }

    private CompletableFuture<HttpResponse<String>> post(String event, Map<String, ?> about) {
        if (calls.incrementAndGet() > MAX_CALLS) {
            calls.decrementAndGet();
            return CompletableFuture.failedFuture(new TooManyCallsException());
        }
        count(event, "sent");
        var body = new LinkedHashMap<String, Object>();
        body.put("event", event);
        body.put("node", node);
        body.put("time", Instant.now().toString());
        body.putAll(about);
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .timeout(timeout)
                        .header("Content-Type", "application/json")
                        .header("User-Agent", "Millrace")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build();
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofString(), 64 << 10));
        // The request's own timeout ends with the answer's head.
        return answer.copy()
                .orTimeout(timeout.toMillis() + 500, TimeUnit.MILLISECONDS)
                .whenComplete(
                        (_, failure) -> {
                            calls.decrementAndGet();
                            if (failure != null) {
                                answer.cancel(true);
                            }
                        });
    }

    private void count(String event, String outcome) {
        meters.counter("millrace.live.hooks", "event", event, "outcome", outcome).increment();
    }

    private static String reason(String body) {
        String line = body.lines().findFirst().orElse("").strip();
        String shown = line.replaceAll("\\p{Cntrl}", " ");
        if (shown.isEmpty()) {
            return "Not allowed.";
        }
        return shown.length() > MAX_REASON ? shown.substring(0, MAX_REASON) : shown;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
