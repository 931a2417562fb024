package io.millrace.mediaserver.config;

import java.time.Duration;

/// Where media lies: a folder that all nodes see (a local disk on one machine, NFS on many), or a
/// bucket.
public record StorageConfig(
        @Setting(
                        key = "storage.root",
                        value = "",
                        unit = "folder",
                        help = "Folder of the blob store. Empty: storage below the data folder.")
                String root,
        @Setting(
                        key = "storage.timeout",
                        value = "10s",
                        unit = "duration",
                        help =
                                "How long the volume may take to open or read; requests beyond it get 504.",
                        min = 1,
                        max = 300)
                Duration timeout) {}
