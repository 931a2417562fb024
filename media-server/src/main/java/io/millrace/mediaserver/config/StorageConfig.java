package io.millrace.mediaserver.config;

import java.time.Duration;

/// Where media lies: a folder that all nodes see (a local disk on one machine, NFS on many), or a
/// bucket.
public record StorageConfig(
        @Setting(
                        key = "storage.type",
                        value = "local",
                        unit = "local | s3",
                        help = "Where media lies: in a folder, or in an S3 bucket.")
                StorageType type,
        @Setting(
                        key = "storage.root",
                        value = "",
                        unit = "folder",
                        help =
                                "Folder of the blob store. Empty: storage below the data folder. With s3: for work in progress and for recordings until they are uploaded.")
                String root,
        @Setting(
                        key = "storage.timeout",
                        value = "10s",
                        unit = "duration",
                        help =
                                "How long a volume or bucket may take to open or read; requests beyond it get 504.",
                        min = 1,
                        max = 300)
                Duration timeout,
        @Setting(
                        key = "storage.s3.endpoint",
                        value = "",
                        unit = "URL",
                        help =
                                "Server that speaks S3 (https://minio.example.edu:9000). Empty: AWS.")
                String endpoint,
        @Setting(
                        key = "storage.s3.region",
                        value = "us-east-1",
                        unit = "name",
                        help = "Region of the bucket.")
                String region,
        @Setting(
                        key = "storage.s3.bucket",
                        value = "",
                        unit = "name",
                        help = "The bucket; needed with storage.type = s3.")
                String bucket,
        @Setting(
                        key = "storage.s3.prefix",
                        value = "",
                        unit = "text",
                        help =
                                "Before all keys in the bucket, without a / at its ends. Empty: none.")
                String prefix,
        @Setting(
                        key = "storage.s3.path-style",
                        value = "false",
                        unit = "true | false",
                        help =
                                "Name the bucket in the path, not in the host name; most servers that are not AWS need it.")
                boolean pathStyle,
        @Setting(
                        key = "storage.s3.access-key",
                        value = "",
                        unit = "text",
                        help =
                                "Access key. Empty: from the AWS_ variables, a profile, or the instance.",
                        secret = true)
                String accessKey,
        @Setting(
                        key = "storage.s3.secret-key",
                        value = "",
                        unit = "text",
                        help = "Secret of the access key.",
                        secret = true)
                String secretKey,
        @Setting(
                        key = "storage.s3.max-requests",
                        value = "64",
                        unit = "requests",
                        help = "Requests to the bucket at the same time.",
                        min = 1,
                        max = 1000)
                int maxRequests,
        @Setting(
                        key = "storage.cache.path",
                        value = "",
                        unit = "folder",
                        help =
                                "Folder of the block cache in front of a bucket, best on a local SSD. Empty: cache/blocks below the data folder.")
                String cachePath,
        @Setting(
                        key = "storage.cache.size",
                        value = "10GB",
                        unit = "bytes",
                        help = "Disk space of the block cache; 0 reads from the bucket each time.",
                        min = 0)
                ByteSize cacheSize,
        @Setting(
                        key = "storage.cache.block-size",
                        value = "1MB",
                        unit = "bytes",
                        help = "What is fetched and kept at least of an object.",
                        min = 65536,
                        max = 8388608)
                ByteSize cacheBlockSize) {
    public StorageConfig {
        if (type == StorageType.S3 && bucket.isEmpty()) {
            throw new IllegalArgumentException("storage.s3.bucket: needed with storage.type = s3");
        }
        if (accessKey.isEmpty() != secretKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "storage.s3.access-key: set together with storage.s3.secret-key, or neither");
        }
        if (prefix.startsWith("/") || prefix.endsWith("/")) {
            throw new IllegalArgumentException("storage.s3.prefix: no / at its ends");
        }
    }
}
