package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LivePackager;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.MadeUpMedia;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

class RehearsedRecorderTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final LiveMetrics metrics = new LiveMetrics(meters);

    /// What is dropped on the way rehearses nothing.
    @Test
    void allOfItGetsIntoTheRecordingAndNothingIsLeft() throws Exception {
        Path folder;
        var fragments = new Fragments();
        try (var recorder = new RehearsedRecorder(metrics, meters)) {
            folder = recorder.folder();
            MadeUpMedia.send(
                    5000,
                    new LivePackager(
                            "rehearsal",
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(4),
                            Duration.ofMillis(333),
                            1,
                            Instant.EPOCH::plusMillis,
                            metrics,
                            List.of(fragments, recorder.output())));
        }
        assertThat(fragments.videoMs).isEqualTo(5000);
        assertThat(fragments.audioMs).isBetween(4960L, 5030L);
        assertThat(meters.get("millrace.live.recording.bytes").counter().count())
                .isEqualTo(fragments.bytes);
        assertThat(folder).doesNotExist();
    }

    private static final class Fragments implements LiveOutput {
        long videoMs;
        long audioMs;
        long bytes;

        @Override
        public void tracks(List<LiveTrack> tracks, boolean discontinuity) {}

        @Override
        public void fragment(LiveFragment fragment) {
            bytes += fragment.bytes().length;
            if (fragment.track().isVideo()) {
                videoMs += fragment.durationMs();
            } else {
                audioMs += fragment.durationMs();
            }
        }

        @Override
        public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {}

        @Override
        public void discontinuity(long segment) {}

        @Override
        public void interrupted() {}

        @Override
        public void ended() {}
    }
}
