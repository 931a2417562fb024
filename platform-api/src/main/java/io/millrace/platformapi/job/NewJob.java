package io.millrace.platformapi.job;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// A job to be queued.
///
/// @param target where its output goes; null without output
/// @param priority 1 first … 5 last
public record NewJob(
        int partnerId,
        String kind,
        String entryId,
        String assetId,
        String sourceKey,
        @Nullable Target target,
        Map<String, String> parameters,
        int priority) {
    /// @param baseVersion the asset's version so far; each lease writes one above the last
    public record Target(String prefix, String suffix, int baseVersion) {}
}
