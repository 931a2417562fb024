package io.millrace.mediaserver.config;

import io.millrace.delivery.http.AccessLogFormat;

import java.time.Duration;

/// The log of requests.
public record AccessLogConfig(
        @Setting(
                        key = "http.access-log.enabled",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Log each HTTP request to files below <data>/logs/access; finished files are published as logs/access/{yyyy}/{MM}/{dd}/{HH}/{node}-{boot}-{seq}.log of the storage.")
                boolean enabled,
        @Setting(
                        key = "http.access-log.format",
                        value = "combined",
                        unit = "combined | w3c | json",
                        help = "How a line looks; docs/operations.md has the fields.")
                AccessLogFormat format,
        @Setting(
                        key = "http.access-log.mask-addresses",
                        value = "true",
                        unit = "true | false",
                        help =
                                "Write only the network of a client's address: 24 bits of IPv4, 48 of IPv6.")
                boolean maskAddresses,
        @Setting(
                        key = "http.access-log.compress",
                        value = "true",
                        unit = "true | false",
                        help = "Publish finished files compressed, as .log.gz.")
                boolean compress,
        @Setting(
                        key = "http.access-log.rotate-size",
                        value = "64MB",
                        unit = "bytes",
                        help = "A file is finished when it is this large.",
                        min = 1048576)
                ByteSize rotateSize,
        @Setting(
                        key = "http.access-log.rotate-after",
                        value = "5m",
                        unit = "duration",
                        help =
                                "A file is finished when it is this old, and at each full hour (UTC).",
                        min = 1,
                        max = 3600)
                Duration rotateAfter) {}
