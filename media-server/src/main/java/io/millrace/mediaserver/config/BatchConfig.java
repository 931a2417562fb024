package io.millrace.mediaserver.config;

import java.util.List;

/// The batch role: media jobs.
public record BatchConfig(
        @Setting(
                        key = "batch.slots",
                        value = "0",
                        unit = "jobs",
                        help = "Jobs that run at the same time. 0: one for each two processors.",
                        min = 0,
                        max = 256)
                int slots,
        @Setting(
                        key = "batch.preset",
                        value = "veryfast",
                        unit = "x264 preset",
                        help =
                                "Speed against size of the H.264 encoder: ultrafast, superfast, veryfast, faster, fast, medium, slow.")
                String preset,
        @Setting(
                        key = "batch.sandbox",
                        value = "auto",
                        unit = "auto | require | off",
                        help =
                                "How ffmpeg is fenced in: auto uses bubblewrap where it works, require stops the start where it does not, off only limits resources.")
                Sandboxing sandbox) {
    public BatchConfig {
        if (!List.of("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
                .contains(preset)) {
            throw new IllegalArgumentException(
                    "batch.preset: "
                            + preset
                            + " (expected: ultrafast, superfast, veryfast, faster, fast, medium or slow)");
        }
    }
}
