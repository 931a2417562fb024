package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// The anonymous session of a player.
public class StartWidgetSessionResponse extends ApiObject {
    @ReadOnly public @Nullable Integer partnerId;
    @ReadOnly public @Nullable String ks;
    @ReadOnly public @Nullable String userId;
}
