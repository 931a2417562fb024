package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A job as its publisher sees it.
public class Work extends ApiObject {
    @ReadOnly public @Nullable Long id;
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable String kind;
    @ReadOnly public @Nullable String entryId;
    @ReadOnly public @Nullable String assetId;

    /// One of {@link JobState}.
    @ReadOnly public @Nullable String state;

    @ReadOnly public @Nullable Integer priority;
    @ReadOnly public @Nullable Integer attempts;
    @ReadOnly public @Nullable Integer progress;
    @ReadOnly public @Nullable String worker;
    @ReadOnly public @Nullable String message;
    @ReadOnly public @Nullable String errorCode;
    @ReadOnly public @Nullable String errorMessage;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @Time public @Nullable Long startedAt;
    @ReadOnly @Time public @Nullable Long finishedAt;
}
