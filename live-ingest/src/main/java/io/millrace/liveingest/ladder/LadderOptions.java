package io.millrace.liveingest.ladder;

import io.millrace.delivery.decode.Decoders.Fence;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// @param rungs what is made of each stream; empty for nothing
/// @param streams that have a ladder at the same time; 0: half the processors
/// @param programs where ffmpeg is unpacked to; null: the user's own cache folder
public record LadderOptions(
        List<LadderRung> rungs, int streams, Fence fence, @Nullable Path programs) {
    private static final int MAX_RUNGS = 6;

    public static final LadderOptions NONE =
            new LadderOptions(List.of(), 0, Fence.IF_POSSIBLE, null);

    public LadderOptions {
        rungs = List.copyOf(rungs);
        if (rungs.size() > MAX_RUNGS) {
            throw new IllegalArgumentException(
                    "rungs: " + rungs.size() + " (expected: at most " + MAX_RUNGS + ")");
        }
        Set<Integer> heights = new HashSet<>();
        for (LadderRung rung : rungs) {
            if (!heights.add(rung.height())) {
                throw new IllegalArgumentException(
                        "rungs: two of " + rung.height() + "p (expected: different heights)");
            }
        }
        if (streams < 0) {
            throw new IllegalArgumentException("streams: " + streams + " (expected: >= 0)");
        }
    }

    int streamsHere() {
        return streams > 0 ? streams : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
}
