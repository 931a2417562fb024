package io.millrace.mediaserver.config;

import io.millrace.delivery.decode.Decoders.Fence;
import io.millrace.liveingest.ladder.LadderOptions;
import io.millrace.liveingest.ladder.LadderRung;

import java.util.List;

/// Renditions that this node makes of live streams.
public record LadderConfig(
        @Setting(
                        key = "live.ladder",
                        value = "",
                        unit = "list of rungs",
                        help =
                                "Renditions that are made of each stream beside what its encoder sends: height and bit rate of the picture (720p:2500k,360p:800k). Rungs higher than the source are left out. Each rung takes CPU for as long as the stream runs. Empty: none.")
                List<String> rungs,
        @Setting(
                        key = "live.ladder-streams",
                        value = "0",
                        unit = "streams",
                        help =
                                "Streams that have a ladder at the same time, each an ffmpeg process of its own; further ones are served as they come. 0: half the processors.",
                        min = 0,
                        max = 1000)
                int streams) {
    public LadderConfig {
        rungs = List.copyOf(rungs);
        try {
            new LadderOptions(
                    rungs.stream().map(LadderRung::parse).toList(), 0, Fence.IF_POSSIBLE, null);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("live.ladder: " + e.getMessage(), e);
        }
    }
}
