package io.millrace.mediaserver.config;

import java.util.List;

/// Who may publish where there is no platform to ask: a live node that serves a folder.
public record PublishConfig(
        @Setting(
                        key = "live.publish.open",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Without a platform: everybody may publish under any name. For trusted networks and trials.")
                boolean open,
        @Setting(
                        key = "live.publish.keys",
                        value = "",
                        unit = "list of name:key",
                        help =
                                "Without a platform: the stream keys. rtmp://HOST/live/NAME?key=KEY publishes NAME; the name * stands for all.",
                        secret = true)
                List<String> keys,
        @Setting(
                        key = "live.publish.keys-file",
                        value = "",
                        unit = "path",
                        help = "More of them, one \"name key\" a line; read again when it changes.")
                String keysFile,
        @Setting(
                        key = "live.publish.renditions",
                        value = "",
                        unit = "list of suffixes",
                        help =
                                "Without a platform: names that end so are renditions of one stream. With _720p,_360p the streams cam, cam_720p and cam_360p are one, cam.")
                List<String> renditions) {
    public PublishConfig {
        keys = List.copyOf(keys);
        renditions = List.copyOf(renditions);
        for (String key : keys) {
            int colon = key.indexOf(':');
            if (colon < 1 || colon == key.length() - 1) {
                throw new IllegalArgumentException(
                        "live.publish.keys: a key without a name (expected: name:key)");
            }
        }
        for (String suffix : renditions) {
            if (!suffix.matches("_[A-Za-z0-9]{1,16}")) {
                throw new IllegalArgumentException(
                        "live.publish.renditions: "
                                + suffix
                                + " (expected: _ and 1 to 16 letters or digits)");
            }
        }
    }
}
