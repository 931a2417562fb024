package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What a session token says.
public class SessionInfo extends ApiObject {
    @ReadOnly public @Nullable String ks;
    @ReadOnly public @Nullable Integer sessionType;
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable String userId;
    @ReadOnly public @Nullable Long expiry;
    @ReadOnly public @Nullable String privileges;
}
