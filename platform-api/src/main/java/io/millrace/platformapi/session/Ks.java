package io.millrace.platformapi.session;

import org.jspecify.annotations.Nullable;

/// What a session token says, its signature checked. Immutable.
///
/// @param text the token as the client sent it
/// @param expiry Unix seconds
/// @param userId empty for an anonymous session
/// @param masterPartnerId the partner that acts through this session; null when it is the partner
///   itself
public record Ks(
        String text,
        int partnerId,
        int type,
        String userId,
        long expiry,
        Privileges privileges,
        @Nullable Integer masterPartnerId,
        @Nullable String additionalData) {
    public static final int TYPE_USER = 0;
    public static final int TYPE_WIDGET = 1;
    public static final int TYPE_ADMIN = 2;

    public boolean isAdmin() {
        return type == TYPE_ADMIN;
    }

    /// The anonymous session of a player: made with `widget:1`.
    public boolean isWidget() {
        return type != TYPE_ADMIN && (type == TYPE_WIDGET || privileges.has("widget"));
    }
}
