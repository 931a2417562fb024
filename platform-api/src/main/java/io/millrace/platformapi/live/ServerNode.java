package io.millrace.platformapi.live;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// A fresh row of `entry_server_node`: who has the stream now. Immutable.
///
/// @param address where other nodes fetch the stream: `http://host:port`
public record ServerNode(
        String entryId,
        int partnerId,
        int serverIndex,
        String hostName,
        @Nullable String address,
        int status,
        Instant createdAt,
        Instant refreshedAt) {}
