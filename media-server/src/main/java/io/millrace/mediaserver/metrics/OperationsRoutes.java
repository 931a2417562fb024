package io.millrace.mediaserver.metrics;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.HttpRouter;

import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import java.util.List;

/// `/healthz`, `/readyz`, `/metrics`.
public final class OperationsRoutes {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    /// The answer of `/readyz`.
    record Report(boolean ready, List<Check> checks) {}

    record Check(String check, String state, String text, String since, String hint) {}

    private final Readiness readiness;
    private final PrometheusMeterRegistry meters;

    public OperationsRoutes(Readiness readiness, PrometheusMeterRegistry meters) {
        this.readiness = readiness;
        this.meters = meters;
    }

    public void addTo(HttpRouter router) {
        router.add("/healthz", "healthz", exchange -> exchange.reply(HttpReply.text(200, "alive")));
        router.add("/readyz", "readyz", HttpHandler.blocking(_ -> ready()));
        router.add(
                "/metrics",
                "metrics",
                HttpHandler.blocking(
                        _ ->
                                HttpReply.bytes(
                                        200,
                                        PROMETHEUS,
                                        meters.scrape()
                                                .getBytes(
                                                        java.nio.charset.StandardCharsets.UTF_8))));
    }

    private HttpReply ready() {
        List<Readiness.Line> lines = readiness.lines();
        boolean ready = lines.stream().allMatch(line -> line.state().ready());
        var report =
                new Report(
                        ready,
                        lines.stream()
                                .map(
                                        line ->
                                                new Check(
                                                        line.check(),
                                                        line.state().ready()
                                                                ? "READY"
                                                                : "WAITING_FOR",
                                                        line.state().text(),
                                                        line.since().toString(),
                                                        line.state().hint()))
                                .toList());
        return HttpReply.bytes(
                        ready ? 200 : 503, "application/json", JSON.writeValueAsBytes(report))
                .cacheControl("no-store");
    }
}
