package io.millrace.platformapi.session;

import java.time.Instant;

/// Remembers which sessions were ended before their time and counts the uses of those that may be
/// used only so often. Keys are hex hashes of at most 64 characters. Threading: called by many
/// virtual threads at once; may block.
public interface SessionStore {
    boolean isRevoked(String key);

    /// May forget the key after `until`: the session has expired by itself then.
    void revoke(String key, Instant until);

    /// Counts one use; false when there were `limit` uses already.
    boolean countUse(String key, int limit, Instant until);
}
