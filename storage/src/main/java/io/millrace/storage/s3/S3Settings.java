package io.millrace.storage.s3;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;

/// Where a bucket is and how it may be used.
///
/// @param endpoint null: AWS, by region
/// @param prefix of all object keys, without slashes at its ends; empty: none
/// @param pathStyle bucket in the path instead of the host name; most servers that are not AWS need
///   it
/// @param accessKey empty: what the environment, a profile or the instance says
/// @param maxRequests at the same time; more wait
/// @param attemptTimeout how long one request may take; an operation gets three times that for its
///   repeats
/// @param partBytes size of a part of a multipart upload, at least 5 MiB; an object has at most 10
///   000 parts
public record S3Settings(
        @Nullable URI endpoint,
        String region,
        String bucket,
        String prefix,
        boolean pathStyle,
        String accessKey,
        String secretKey,
        int maxRequests,
        Duration attemptTimeout,
        int partBytes) {
    public static final int MIN_PART_BYTES = 5 << 20;
    public static final int DEFAULT_PART_BYTES = 16 << 20;
    static final int MAX_PARTS = 10_000;

    public S3Settings {
        if (bucket.isEmpty()) {
            throw new IllegalArgumentException("bucket: empty (expected: a bucket's name)");
        }
        if (prefix.startsWith("/") || prefix.endsWith("/")) {
            throw new IllegalArgumentException(
                    "prefix: " + prefix + " (expected: no / at its ends)");
        }
        if (accessKey.isEmpty() != secretKey.isEmpty()) {
            throw new IllegalArgumentException("accessKey: set together with secretKey");
        }
        if (maxRequests < 1) {
            throw new IllegalArgumentException("maxRequests: " + maxRequests + " (expected: >= 1)");
        }
        if (partBytes < MIN_PART_BYTES) {
            throw new IllegalArgumentException(
                    "partBytes: " + partBytes + " (expected: at least " + MIN_PART_BYTES + ")");
        }
    }

    @Override
    public String toString() {
        return (endpoint == null ? "s3://" : endpoint + "/")
                + bucket
                + (prefix.isEmpty() ? "" : "/" + prefix)
                + " ("
                + region
                + ")";
    }
}
