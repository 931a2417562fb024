package io.millrace.mediaserver.config;

import java.net.URI;
import java.time.Duration;

/// Media that mappings name: a JSON behind each path says which files play, in nginx-vod's form.
public record MappedConfig(
        @Setting(
                        key = "mapped.source",
                        value = "",
                        unit = "folder | URL",
                        help =
                                "Where the JSON of a path is: a folder, or a server that is asked for it (http://app:8000/vod/). Empty: no mapped media.")
                String source,
        @Setting(
                        key = "mapped.media",
                        value = "",
                        unit = "folder",
                        help =
                                "Folder of the files that mappings name; an absolute path in a mapping must lie below it, or is taken relative to it. Empty: local.root, and without it the blob store.")
                String media,
        @Setting(
                        key = "mapped.prefix",
                        value = "/mapped/",
                        unit = "path",
                        help = "Where it is served: hls/, hlsf/ and dash/ below this path.")
                String prefix,
        @Setting(
                        key = "mapped.unsigned",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Serve mapped media to everyone. Otherwise URLs need a signature (millrace token).")
                boolean unsigned,
        @Setting(
                        key = "mapped.cache-time",
                        value = "10s",
                        unit = "duration",
                        help = "How long a mapping is taken for unchanged.",
                        min = 0,
                        max = 86400)
                Duration cacheTime,
        @Setting(
                        key = "mapped.timeout",
                        value = "5s",
                        unit = "duration",
                        help = "How long the server of the mappings may take to answer.",
                        min = 1,
                        max = 60)
                Duration timeout,
        @Setting(
                        key = "mapped.max-size",
                        value = "1MB",
                        unit = "bytes",
                        help = "A longer mapping is refused.",
                        min = 1024,
                        max = 16777216)
                ByteSize maxSize) {
    public MappedConfig {
        LocalConfig.checkPrefix("mapped.prefix", prefix);
        if (isUpstream(source)) {
            try {
                URI uri = URI.create(source);
                if (uri.getHost() == null
                        || !source.endsWith("/")
                        || uri.getRawQuery() != null
                        || uri.getRawFragment() != null) {
                    throw new IllegalArgumentException(source);
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "mapped.source: " + source + " (expected: a folder, or http://host/path/)",
                        e);
            }
        }
    }

    public boolean isUpstream() {
        return isUpstream(source);
    }

    private static boolean isUpstream(String source) {
        return source.startsWith("http://") || source.startsWith("https://");
    }
}
