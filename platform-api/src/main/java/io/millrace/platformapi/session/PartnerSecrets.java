package io.millrace.platformapi.session;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/// Where a partner's secrets come from. Asked on every call with a session: an implementation
/// caches. Threading: called by many virtual threads at once; may block.
public interface PartnerSecrets {
    Optional<Secrets> find(int partnerId);

    /// @param admin any of them may have signed a token (rotation); the first signs new ones
    /// @param user only `session.start` compares it
    /// @param active false for a blocked or deleted partner: its tokens are refused
    /// @param maxExpirySeconds the longest life of a new token; null when there is no cap
    record Secrets(
            List<String> admin,
            @Nullable String user,
            boolean active,
            @Nullable Long maxExpirySeconds) {}
}
