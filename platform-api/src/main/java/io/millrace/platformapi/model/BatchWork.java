package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// A leased job: what a worker has to do, and the fence that proves the lease.
public class BatchWork extends ApiObject {
    public @Nullable Long id;

    /// Goes into every later call about this job; an older fence gets `LEASE_LOST`.
    public @Nullable Long fence;

    /// One of {@link WorkKind}.
    public @Nullable String kind;

    public @Nullable Integer partnerId;
    public @Nullable String entryId;

    /// The asset that the work is for: the source (probe), the flavor or the thumbnail to be made.
    public @Nullable String assetId;

    /// Store key of the input.
    public @Nullable String sourceKey;

    /// Store key to publish the output under, new with each lease; null for a probe.
    public @Nullable String targetKey;

    /// The keys are those of {@link WorkParameters}.
    public @Nullable Map<String, String> parameters;

    /// The lease ends this many seconds after the answer was made unless a heartbeat renews it.
    public @Nullable Integer leaseSeconds;

    public @Nullable Integer attempt;
}
