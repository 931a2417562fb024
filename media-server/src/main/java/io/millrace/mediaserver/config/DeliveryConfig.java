package io.millrace.mediaserver.config;

import java.time.Duration;
import java.util.List;

/// Just-in-time packaging and file delivery.
public record DeliveryConfig(
        @Setting(
                        key = "delivery.segment-duration",
                        value = "6s",
                        unit = "duration",
                        help = "Nominal length of a segment; real ones end at the next key frame.",
                        min = 1,
                        max = 60)
                Duration segmentDuration,
        @Setting(
                        key = "delivery.index-cache",
                        value = "256MB",
                        unit = "bytes",
                        help = "Memory for parsed media indexes; a two-hour film needs about 10MB.",
                        min = 1048576)
                ByteSize indexCache,
        @Setting(
                        key = "delivery.response-cache",
                        value = "64MB",
                        unit = "bytes",
                        help = "Memory for rendered playlists, manifests and init segments.",
                        min = 1048576)
                ByteSize responseCache,
        @Setting(
                        key = "delivery.signing-keys",
                        value = "",
                        unit = "list of id:secret",
                        help =
                                "Keys that sign and check playback URLs, for example k2:secret2,k1:secret1. The first signs, all are accepted; each at least 16 characters. Empty: made from cluster.secret.",
                        secret = true)
                List<String> signingKeys,
        @Setting(
                        key = "delivery.unsigned",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Serve media to anyone who knows its storage key, without a signature.")
                boolean unsigned,
        @Setting(
                        key = "delivery.unsigned-paths",
                        value = "",
                        unit = "list of paths",
                        help =
                                "Starts of storage keys that are served without a signature, for example a publisher's: content/entry/102/. Each ends with /.")
                List<String> unsignedPaths,
        @Setting(
                        key = "delivery.url-lifetime",
                        value = "24h",
                        unit = "duration",
                        help = "How long a signed playback URL is good for.",
                        min = 60)
                Duration urlLifetime,
        @Setting(
                        key = "delivery.segment-workers",
                        value = "0",
                        unit = "threads",
                        help = "MPEG-TS segments built at the same time. 0: twice the processors.",
                        min = 0,
                        max = 1024)
                int segmentWorkers,
        @Setting(
                        key = "delivery.segment-cache",
                        value = "256MB",
                        unit = "bytes",
                        help =
                                "Memory for built segments (MPEG-TS, encrypted) that were asked for more than once. 0: none are kept.")
                ByteSize segmentCache) {
    public DeliveryConfig {
        for (String path : unsignedPaths) {
            if (!path.matches("content/(entry|live)/([A-Za-z0-9_-][A-Za-z0-9_.-]*/)*")) {
                throw new IllegalArgumentException(
                        "delivery.unsigned-paths: "
                                + path
                                + " (expected: such as content/entry/102/, with / at its end)");
            }
        }
    }
}
