package io.millrace.mediaserver.config;

/// Where media lies: a folder that all nodes see (a local disk on one machine, NFS on many).
public record StorageConfig(
        @Setting(
                        key = "storage.root",
                        value = "",
                        unit = "folder",
                        help = "Folder of the blob store. Empty: storage below the data folder.")
                String root) {}
