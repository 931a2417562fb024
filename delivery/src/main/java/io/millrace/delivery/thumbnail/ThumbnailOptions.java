package io.millrace.delivery.thumbnail;

import io.millrace.delivery.decode.Decoders;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/// How pictures are made.
///
/// @param workers pictures made at the same time, each by a child process; 0: half the processors
/// @param queue requests that wait for a worker; more are refused
/// @param cacheBytes of made pictures, in memory
/// @param exact whether a thumbnail is the exact frame without its name saying so
/// @param fence how the decoder is fenced in
/// @param timeout of one picture, from the child's start
/// @param programs where ffmpeg is unpacked to; null: the user's own cache folder
public record ThumbnailOptions(
        int workers,
        int queue,
        long cacheBytes,
        boolean exact,
        Decoders.Fence fence,
        Duration timeout,
        @Nullable Path programs) {
    public static final ThumbnailOptions DEFAULT =
            new ThumbnailOptions(
                    0,
                    64,
                    64 << 20,
                    false,
                    Decoders.Fence.IF_POSSIBLE,
                    Duration.ofSeconds(15),
                    null);

    public ThumbnailOptions {
        if (workers < 0 || workers > 256 || queue < 0 || queue > 100_000) {
            throw new IllegalArgumentException(
                    "thumbnails: "
                            + workers
                            + " workers, queue of "
                            + queue
                            + " (expected: 0..256, 0..100000)");
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
        }
    }
}
