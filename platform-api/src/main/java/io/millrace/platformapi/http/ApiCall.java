package io.millrace.platformapi.http;

import io.millrace.platformapi.session.Ks;

import org.jspecify.annotations.Nullable;

/// Who calls an action, and from where. Immutable, thread-safe.
///
/// @param ks the checked session; null on actions that need none and got none
/// @param partnerId the partner the call acts on: the session's, or the one that an internal
///   partner's admin session names with `partnerId`; the `partnerId` sent when there is no session;
///   0 when there is neither
/// @param remoteAddress the client's IP address
/// @param baseUrl scheme, host and port under which the client reached us, without a slash at the
///   end
/// @param requestId in logs and in the answer's `X-Kaltura-Session`
public record ApiCall(
        @Nullable Ks ks, int partnerId, String remoteAddress, String baseUrl, String requestId) {
    /// The session's user; empty for an anonymous one.
    public String userId() {
        return ks == null ? "" : ks.userId();
    }

    public boolean isAdmin() {
        return ks != null && ks.isAdmin();
    }

    /// One of the cluster's own roles (a negative partner id) with an admin session.
    public boolean isInternal() {
        return ks != null && ks.isAdmin() && ks.partnerId() < 0;
    }

    public boolean isWidget() {
        return ks == null || ks.isWidget();
    }

    /// Whether the session has the privilege for this object: by its id, by `*`, or by `all:*`.
    public boolean has(String privilege, String id) {
        return ks != null && ks.privileges().allows(privilege, id);
    }

    /// @throws ApiException MISSING_KS
    public Ks session() {
        if (ks == null) {
            throw ApiException.missingKs();
        }
        return ks;
    }
}
