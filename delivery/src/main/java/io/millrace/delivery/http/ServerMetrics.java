package io.millrace.delivery.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// What one listener counts. Labels: the listener, the route's name, the class of the status.
/// Thread-safe.
final class ServerMetrics {
    private static final String[] CLASSES = {"aborted", "1xx", "2xx", "3xx", "4xx", "5xx"};

    private final MeterRegistry meters;
    private final String listener;
    private final ConcurrentHashMap<String, Timer[]> requests = new ConcurrentHashMap<>();
    private final Counter bytesOut;
    private final Counter refused;
    private final Counter timeouts;
    private final Counter floods;
    private final Timer loopDelay;
    private final AtomicInteger webSockets = new AtomicInteger();

    ServerMetrics(MeterRegistry meters, String listener, AtomicInteger connections) {
        this.meters = meters;
        this.listener = listener;
        bytesOut =
                Counter.builder("millrace.http.bytes.out")
                        .description("Bytes of replies' bodies")
                        .baseUnit("bytes")
                        .tag("listener", listener)
                        .register(meters);
        refused =
                Counter.builder("millrace.http.connections.refused")
                        .description("Connections closed on arrival because the cap was reached")
                        .tag("listener", listener)
                        .register(meters);
        timeouts =
                Counter.builder("millrace.http.connections.timeout")
                        .description("Connections closed because a client was too slow")
                        .tag("listener", listener)
                        .register(meters);
        floods =
                Counter.builder("millrace.http.connections.flood")
                        .description("HTTP/2 connections closed because of too many frames")
                        .tag("listener", listener)
                        .register(meters);
        loopDelay =
                Timer.builder("millrace.http.eventloop.delay")
                        .description("How late a tick of an event loop ran")
                        .tag("listener", listener)
                        .publishPercentileHistogram()
                        .register(meters);
        Gauge.builder("millrace.http.connections", connections, AtomicInteger::get)
                .description("Open connections")
                .tag("listener", listener)
                .register(meters);
        Gauge.builder("millrace.http.websockets", webSockets, AtomicInteger::get)
                .description("Open WebSockets")
                .tag("listener", listener)
                .register(meters);
    }

    /// Open ones.
    AtomicInteger webSockets() {
        return webSockets;
    }

    /// @param status 0 when the client left before its reply was whole
    void request(String route, int status, long durationNs, long bodyBytes) {
        Timer[] byClass = requests.computeIfAbsent(route, this::timers);
        byClass[status / 100].record(durationNs, TimeUnit.NANOSECONDS);
        if (bodyBytes > 0) {
            bytesOut.increment(bodyBytes);
        }
    }

    private Timer[] timers(String route) {
        var timers = new Timer[CLASSES.length];
        for (int i = 0; i < CLASSES.length; i++) {
            timers[i] =
                    Timer.builder("millrace.http.requests")
                            .description("From a request's head to the last byte of its reply")
                            .tag("listener", listener)
                            .tag("route", route)
                            .tag("status", CLASSES[i])
                            .publishPercentileHistogram()
                            .register(meters);
        }
        return timers;
    }

    void connectionRefused() {
        refused.increment();
    }

    void timeout() {
        timeouts.increment();
    }

    void flooded() {
        floods.increment();
    }

    void loopDelay(long delayNs) {
        loopDelay.record(Math.max(0, delayNs), TimeUnit.NANOSECONDS);
    }
}
