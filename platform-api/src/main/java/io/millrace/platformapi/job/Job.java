package io.millrace.platformapi.job;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// A row of `job`. Immutable.
///
/// @param fence counts the leases; who holds an older one holds nothing
/// @param targetPrefix the output's key is `{prefix}_{baseVersion + fence}{suffix}`; null without
///   output
/// @param parameters, result JSON
public record Job(
        long id,
        int partnerId,
        String kind,
        String entryId,
        String assetId,
        String sourceKey,
        @Nullable String targetPrefix,
        @Nullable String targetSuffix,
        int baseVersion,
        String parameters,
        String state,
        int priority,
        int attempts,
        long fence,
        @Nullable String worker,
        @Nullable Instant leaseUntil,
        int progress,
        @Nullable String message,
        @Nullable String errorCode,
        @Nullable String errorMessage,
        @Nullable String result,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {
    /// The version that the output of the present lease has.
    public int targetVersion() {
        return baseVersion + (int) fence;
    }

    /// Where the output of the present lease goes; null without output.
    public @Nullable String targetKey() {
        return targetKey(targetVersion());
    }

    @Nullable String targetKey(int version) {
        return targetPrefix == null || targetSuffix == null
                ? null
                : targetPrefix + "_" + version + targetSuffix;
    }
}
