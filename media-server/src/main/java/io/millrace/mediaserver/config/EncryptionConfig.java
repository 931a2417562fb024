package io.millrace.mediaserver.config;

import java.time.Duration;
import java.util.List;

/// Encryption of stored media as it is sent; see docs/encryption.md.
public record EncryptionConfig(
        @Setting(
                        key = "delivery.encryption.scheme",
                        value = "none",
                        unit = "none | aes-128 | sample-aes | cenc | cbcs",
                        help =
                                "How stored media is encrypted. aes-128 and sample-aes hand the key out under the playlist's signature; cenc and cbcs leave it to licence servers.")
                String scheme,
        @Setting(
                        key = "delivery.encryption.paths",
                        value = "",
                        unit = "list of path=scheme",
                        help =
                                "Schemes of single folders, for example content/entry/free/=none: prefixes of storage keys, or patterns with *. The most exact wins.")
                List<String> paths,
        @Setting(
                        key = "delivery.encryption.provider",
                        value = "file",
                        unit = "file | http | cpix",
                        help =
                                "Where keys come from: a key file, a key service asked by GET as nginx-vod does, or one that speaks CPIX.")
                String provider,
        @Setting(
                        key = "delivery.encryption.key-file",
                        value = "",
                        unit = "path",
                        help = "The key file (JSON), read again when it changes.")
                String keyFile,
        @Setting(
                        key = "delivery.encryption.url",
                        value = "",
                        unit = "URL",
                        help = "The key service. http appends the storage key of the media.")
                String url,
        @Setting(
                        key = "delivery.encryption.systems",
                        value = "",
                        unit = "list of UUIDs",
                        help =
                                "Licence systems whose data a CPIX service is asked for; widevine, playready and fairplay may be written so.")
                List<String> systems,
        @Setting(
                        key = "delivery.encryption.timeout",
                        value = "5s",
                        unit = "duration",
                        help = "How long a key service may take; after that viewers get 503.",
                        min = 1,
                        max = 60)
                Duration timeout,
        @Setting(
                        key = "delivery.encryption.keep-keys",
                        value = "5m",
                        unit = "duration",
                        help = "How long keys of a service are kept before it is asked again.",
                        min = 1,
                        max = 86400)
                Duration keepKeys,
        @Setting(
                        key = "delivery.encryption.clearkey",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Hand keys of cenc and cbcs out as ClearKey licences to whoever may see the manifest. For tests and media of little worth.")
                boolean clearkey) {}
