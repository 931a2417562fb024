package io.millrace.liveingest.past;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.concurrent.atomic.AtomicInteger;

/// `millrace.live.past.*`. Thread-safe.
final class PastMetrics {
    final Counter bytes;
    final Counter lost;
    final Counter troubles;
    final Counter swept;
    final AtomicInteger files = new AtomicInteger();

    PastMetrics(MeterRegistry meters) {
        bytes =
                Counter.builder("millrace.live.past.bytes")
                        .baseUnit("bytes")
                        .description("Written of what is not recorded, to go back in")
                        .register(meters);
        lost =
                Counter.builder("millrace.live.past.lost")
                        .description("Fragments that storage did not take in time")
                        .register(meters);
        troubles =
                Counter.builder("millrace.live.past.troubles")
                        .description("Times that storage failed or was too slow")
                        .register(meters);
        swept =
                Counter.builder("millrace.live.past.swept")
                        .description("Files removed that nodes left which are gone")
                        .register(meters);
        meters.gauge("millrace.live.past.files", files, AtomicInteger::get);
    }
}
