package io.millrace.liveingest.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The live role's figures, `millrace.live.*`. Thread-safe.
public final class LiveMetrics {
    private final MeterRegistry meters;
    private final Counter bytesIn;
    private final Counter clockJumps;
    private final Counter switches;
    private final Counter parts;
    private final Counter segments;
    private final AtomicInteger streams;
    private final AtomicInteger connections;
    private final AtomicInteger recordings;

    public LiveMetrics(MeterRegistry meters) {
        this.meters = meters;
        bytesIn =
                Counter.builder("millrace.live.media.in")
                        .baseUnit("bytes")
                        .description("Audio and video received from publishers")
                        .register(meters);
        clockJumps = meters.counter("millrace.live.clock.jumps");
        switches = meters.counter("millrace.live.ingest.switches");
        parts = meters.counter("millrace.live.parts");
        segments = meters.counter("millrace.live.segments");
        streams = gauge("millrace.live.streams");
        connections = gauge("millrace.live.rtmp.connections");
        recordings = gauge("millrace.live.recordings");
    }

    private AtomicInteger gauge(String name) {
        var value = new AtomicInteger();
        meters.gauge(name, List.of(), value, AtomicInteger::get);
        return value;
    }

    public void bytesIn(int bytes) {
        bytesIn.increment(bytes);
    }

    public void clockJump() {
        clockJumps.increment();
    }

    public void switchedOver() {
        switches.increment();
    }

    public void part() {
        parts.increment();
    }

    public void segment() {
        segments.increment();
    }

    public AtomicInteger streams() {
        return streams;
    }

    public AtomicInteger connections() {
        return connections;
    }

    public AtomicInteger recordings() {
        return recordings;
    }

    /// Units that reached no subscriber.
    public void unitDropped(String why) {
        meters.counter("millrace.live.units.dropped", List.of(Tag.of("reason", why))).increment();
    }

    /// Connections that were closed for a reason of ours.
    public void refused(String reason) {
        meters.counter("millrace.live.rtmp.refused", List.of(Tag.of("reason", reason))).increment();
    }

    /// Recording fragments that storage did not take in time.
    public void fragmentLost() {
        meters.counter("millrace.live.recording.lost").increment();
    }

    /// A recording's storage failed or was too slow.
    public void recordingTrouble() {
        meters.counter("millrace.live.recording.troubles").increment();
    }

    public void recordedBytes(long bytes) {
        meters.counter("millrace.live.recording.bytes").increment(bytes);
    }

    public MeterRegistry meters() {
        return meters;
    }
}
