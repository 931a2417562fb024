package io.millrace.delivery.tempo;

import io.millrace.delivery.decode.Decoders;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/// How sound at another rate is made.
///
/// @param workers stretches made at the same time, each by a child process; 0: half the processors
/// @param queue stretches that wait for a worker; more are refused
/// @param cacheBytes of made sound, in memory
/// @param fence how the decoder is fenced in
/// @param timeout of one stretch, from the child's start
/// @param programs where ffmpeg is unpacked to; null: the user's own cache folder
public record TempoOptions(
        int workers,
        int queue,
        long cacheBytes,
        Decoders.Fence fence,
        Duration timeout,
        @Nullable Path programs) {
    public static final TempoOptions DEFAULT =
            new TempoOptions(
                    0, 64, 64 << 20, Decoders.Fence.IF_POSSIBLE, Duration.ofSeconds(20), null);

    public TempoOptions {
        if (workers < 0 || workers > 256 || queue < 1 || queue > 100_000) {
            throw new IllegalArgumentException(
                    "tempo: "
                            + workers
                            + " workers, queue of "
                            + queue
                            + " (expected: 0..256, 1..100000)");
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
        }
    }
}
