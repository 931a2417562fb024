package io.millrace.delivery.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Which requests a listener takes on: counts those under way, and near a limit sheds load in two
/// steps, first connections and new sessions, then requests. Thread-safe.
final class Admission {
    private static final String RETRY_SECONDS = "5";

    /// Why a request was refused.
    enum Reason {
        MEMORY,
        REQUESTS,
        SESSION,
        ADDRESS
    }

    private final HttpServerOptions options;
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<Reason, Counter> shed = new EnumMap<>(Reason.class);

    Admission(HttpServerOptions options) {
        this.options = options;
        for (Reason reason : Reason.values()) {
            shed.put(
                    reason,
                    Counter.builder("millrace.http.shed")
                            .description("Requests refused because of load")
                            .tag("listener", options.name())
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(options.meters()));
        }
        Gauge.builder("millrace.http.requests.active", requests, AtomicInteger::get)
                .description("Requests under way")
                .tag("listener", options.name())
                .register(options.meters());
    }

    /// Counts a request, which {@link #leave} must follow.
    ///
    /// @return what to answer instead of its handler; null when it is taken on
    @Nullable HttpReply enter(BaseExchange exchange) {
        HttpLimits limits = options.limits();
        int active = requests.incrementAndGet();
        AddressLoads.Load load = exchange.client().load();
        if (load != null) {
            int own = load.requests().incrementAndGet();
            if (limits.requestsPerAddress() > 0 && own > limits.requestsPerAddress()) {
                return refuse(Reason.ADDRESS, 429, "Too many requests of this address at once.");
            }
        }
        var byRequests = LoadGauge.Level.of((double) active / limits.requests());
        LoadGauge gauge = options.load();
        var byMemory = gauge == null ? LoadGauge.Level.CALM : gauge.level();
        if (byRequests == LoadGauge.Level.CALM && byMemory == LoadGauge.Level.CALM) {
            return null;
        }
        exchange.endConnection();
        if (byMemory == LoadGauge.Level.REFUSING) {
            return refuse(Reason.MEMORY, 503, "The server is out of memory. Try again soon.");
        }
        if (byRequests == LoadGauge.Level.REFUSING) {
            return refuse(Reason.REQUESTS, 503, "The server is busy. Try again soon.");
        }
        return options.startsSession().test(exchange.path())
                ? refuse(Reason.SESSION, 503, "The server begins nothing new now. Try again soon.")
                : null;
    }

    private HttpReply refuse(Reason reason, int status, String text) {
        Counter counter = shed.get(reason);
        if (counter != null) {
            counter.increment();
        }
        return HttpReply.text(status, text)
                .header("Retry-After", RETRY_SECONDS)
                .cacheControl("no-store");
    }

    void leave(BaseExchange exchange) {
        requests.decrementAndGet();
        AddressLoads.Load load = exchange.client().load();
        if (load != null) {
            load.requests().decrementAndGet();
        }
    }
}
