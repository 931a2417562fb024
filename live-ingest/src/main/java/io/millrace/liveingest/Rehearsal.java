package io.millrace.liveingest;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LivePackager;
import io.millrace.liveingest.live.LivePresentation;
import io.millrace.liveingest.record.RehearsedRecorder;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.MadeUpMedia;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A few seconds of made-up media, walked through packager, live window and recorder before anybody
/// can publish.
///
/// Code that never ran is slow: classes are read, verified and linked one by one. On a busy machine
/// the first publisher of a new process would wait more than a second for its media to reach a
/// file, and what is in no file is lost with the process.
final class Rehearsal {
    private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);
    private static final int LENGTH_MS = 5000;

    private Rehearsal() {}

    /// What fails here is no reason not to start.
    static void run(LiveIngestOptions options) {
        long began = System.nanoTime();
        try {
            var meters = new SimpleMeterRegistry();
            var metrics = new LiveMetrics(meters);
            try (var recorder = new RehearsedRecorder(metrics, meters)) {
                Instant now = Instant.now();
                LiveOutput window =
                        new LivePresentation(
                                        "rehearsal",
                                        1,
                                        options.window(),
                                        Runnable::run,
                                        () -> {},
                                        _ -> {})
                                .add("", now::plusMillis);
                MadeUpMedia.send(
                        LENGTH_MS,
                        new LivePackager(
                                "rehearsal",
                                options.segmentTarget(),
                                options.window().maxSegment(),
                                options.window().partTarget(),
                                1,
                                now::plusMillis,
                                metrics,
                                List.of(window, recorder.output())));
            }
            log.debug(
                    "live: rehearsed in {} ms",
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        } catch (IOException | RuntimeException e) {
            log.warn("live: the first publisher meets a cold server: {}", e.toString());
        }
    }
}
