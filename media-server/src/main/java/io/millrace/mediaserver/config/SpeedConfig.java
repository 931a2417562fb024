package io.millrace.mediaserver.config;

import java.time.Duration;

/// Sound at other rates of play, which the delivery role makes when it is asked for.
public record SpeedConfig(
        @Setting(
                        key = "delivery.speed.workers",
                        value = "0",
                        unit = "processes",
                        help =
                                "Stretches of sound made at the same time, each by an ffmpeg process of its own. 0: half the processors.",
                        min = 0,
                        max = 256)
                int workers,
        @Setting(
                        key = "delivery.speed.queue",
                        value = "64",
                        unit = "requests",
                        help =
                                "Stretches that may wait for a worker; further requests are answered 503 with Retry-After.",
                        min = 1,
                        max = 100000)
                int queue,
        @Setting(
                        key = "delivery.speed.cache",
                        value = "64MB",
                        unit = "bytes",
                        help = "Memory for sound that was made: a minute of stereo takes 1 MB.",
                        min = 1048576)
                ByteSize cache,
        @Setting(
                        key = "delivery.speed.timeout",
                        value = "20s",
                        unit = "duration",
                        help = "How long a stretch of 45 s may take to make.",
                        min = 1,
                        max = 300)
                Duration timeout) {}
