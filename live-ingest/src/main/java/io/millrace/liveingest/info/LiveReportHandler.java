package io.millrace.liveingest.info;

import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpReply;

import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;

/// `GET /live`: all streams as JSON; `GET /live/{name}`: one. For the operations port: it shows
/// publishers' addresses. Thread-safe.
public final class LiveReportHandler implements HttpHandler {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final LiveReports reports;

    public LiveReportHandler(LiveReports reports) {
        this.reports = reports;
    }

    @Override
    public void handle(HttpExchange exchange) {
        String name = exchange.pathBelowRoute();
        while (name.startsWith("/")) {
            name = name.substring(1);
        }
        if (name.isEmpty()) {
            exchange.reply(json(Map.of("streams", reports.all())));
            return;
        }
        Optional<StreamReport> report = reports.of(name);
        exchange.reply(
                report.isPresent()
                        ? json(report.get())
                        : HttpReply.text(404, "There is no such live stream here.")
                                .cacheControl("no-store"));
    }

    private static HttpReply json(Object value) {
        return HttpReply.bytes(200, "application/json", JSON.writeValueAsBytes(value))
                .cacheControl("no-store");
    }
}
