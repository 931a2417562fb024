package io.millrace.mediaserver.config;

/// A folder of media that the delivery role serves as it is: no platform, no database.
public record LocalConfig(
        @Setting(
                        key = "local.root",
                        value = "",
                        unit = "folder",
                        help =
                                "Folder whose media files the delivery role packages and serves. Read only. Empty: none.")
                String root,
        @Setting(
                        key = "local.prefix",
                        value = "/",
                        unit = "path",
                        help =
                                "Where it is served: hls/, hlsf/, dash/, file/ and thumb/ below this path. On a node that serves the platform's media too it must be another than /, for example /local/.")
                String prefix,
        @Setting(
                        key = "local.unsigned",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Serve the folder to everyone. Otherwise URLs need a signature (millrace token). The option --local-root sets it.")
                boolean unsigned) {
    public LocalConfig {
        checkPrefix("local.prefix", prefix);
    }

    static void checkPrefix(String key, String prefix) {
        if (!prefix.matches("/([A-Za-z0-9._~-]+/)*")) {
            throw new IllegalArgumentException(
                    key + ": " + prefix + " (expected: a path that starts and ends with /)");
        }
    }
}
