package io.millrace.liveingest.ladder;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.concurrent.atomic.AtomicInteger;

/// `millrace.live.ladder.*`. Thread-safe.
final class LadderMetrics {
    final AtomicInteger running = new AtomicInteger();
    final Counter restarts;
    final Counter refused;
    final Counter skips;

    LadderMetrics(MeterRegistry meters) {
        Gauge.builder("millrace.live.ladder.streams", running, AtomicInteger::get)
                .description("Streams that are transcoded to the ladder")
                .register(meters);
        restarts = counter(meters, "restarts", "Encoders that ended while their stream ran");
        refused = counter(meters, "refused", "Streams that came when too many had a ladder");
        skips = counter(meters, "skips", "Times an encoder was too slow and skipped pictures");
    }

    private static Counter counter(MeterRegistry meters, String name, String description) {
        return Counter.builder("millrace.live.ladder." + name)
                .description(description)
                .register(meters);
    }
}
