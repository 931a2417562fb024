package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A media server that has a live entry's stream.
public class LiveEntryServerNode extends ApiObject {
    @ReadOnly public @Nullable String entryId;
    @ReadOnly public @Nullable Integer partnerId;

    /// One of {@link ServerNodeStatus}.
    @ReadOnly public @Nullable Integer status;

    /// `0` primary, `1` backup.
    @ReadOnly public @Nullable String serverType;

    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @Time public @Nullable Long updatedAt;
    @ReadOnly public @Nullable List<LiveStreamParams> streams;
}
