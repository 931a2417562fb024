package io.millrace.mediaserver.config;

/// Where media lies.
public enum StorageType {
    LOCAL,
    S3
}
