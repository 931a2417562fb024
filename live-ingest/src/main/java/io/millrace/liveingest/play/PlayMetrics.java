package io.millrace.liveingest.play;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

import java.util.concurrent.atomic.AtomicInteger;

/// The figures of one kind of viewer. Thread-safe.
final class PlayMetrics {
    private final AtomicInteger viewers;
    private final AtomicInteger nodes;
    private final Counter skipped;
    private final Counter closed;
    private final Counter batches;
    private final Counter bytes;

    PlayMetrics(MeterRegistry meters, ViewerKind kind) {
        Tags tags = Tags.of("kind", kind.text());
        viewers = meters.gauge("millrace.live.viewers", tags, new AtomicInteger());
        nodes = meters.gauge("millrace.live.viewers.nodes", tags, new AtomicInteger());
        skipped = meters.counter("millrace.live.viewers.skipped", tags);
        closed = meters.counter("millrace.live.viewers.slow", tags);
        bytes =
                Counter.builder("millrace.live.media.out")
                        .tags(tags)
                        .baseUnit("bytes")
                        .description("Media handed to viewers")
                        .register(meters);
        batches = meters.counter("millrace.live.play.batches", tags);
    }

    /// @param node whether it is a node that relays the stream to viewers of its own
    void joined(boolean node) {
        (node ? nodes : viewers).incrementAndGet();
    }

    void left(boolean node) {
        (node ? nodes : viewers).decrementAndGet();
    }

    /// A viewer fell behind and goes on at another key frame.
    void viewerSkipped() {
        skipped.increment();
    }

    /// A viewer was closed because its connection took nothing.
    void slowViewerClosed() {
        closed.increment();
    }

    void sent(long count) {
        bytes.increment(count);
    }

    void batch() {
        batches.increment();
    }
}
