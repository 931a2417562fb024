package io.millrace.mediaserver.config;

import java.time.Duration;

/// Pictures of stored video that the delivery role makes when they are asked for.
public record ThumbnailConfig(
        @Setting(
                        key = "delivery.thumbnails.workers",
                        value = "0",
                        unit = "processes",
                        help =
                                "Pictures made at the same time, each by an ffmpeg process of its own. 0: half the processors.",
                        min = 0,
                        max = 256)
                int workers,
        @Setting(
                        key = "delivery.thumbnails.queue",
                        value = "64",
                        unit = "requests",
                        help =
                                "Pictures that may wait for a worker; further requests are answered 503 with Retry-After.",
                        min = 1,
                        max = 100000)
                int queue,
        @Setting(
                        key = "delivery.thumbnails.cache",
                        value = "64MB",
                        unit = "bytes",
                        help = "Memory for pictures that were made.",
                        min = 1048576)
                ByteSize cache,
        @Setting(
                        key = "delivery.thumbnails.exact",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Thumbnails are of the exact frame, decoded from the key frame before it, also where their names do not ask for it (-e). Otherwise of the nearest key frame.")
                boolean exact,
        @Setting(
                        key = "delivery.thumbnails.timeout",
                        value = "15s",
                        unit = "duration",
                        help = "How long one picture may take to decode.",
                        min = 1,
                        max = 300)
                Duration timeout) {}
