package io.millrace.platformapi.partner;

import io.millrace.platformapi.session.SessionStore;
import io.millrace.storage.sql.Database;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;

/// Ended sessions, in the database so that every node refuses them, and remembered here for {@link
/// #CACHE_MS} so that a busy session costs no query per call. Thread-safe.
public final class EndedSessions implements SessionStore {
    static final long CACHE_MS = 5000;
    private static final int MAX_CACHED = 50_000;

    private final Database database;
    private final InstantSource clock;
    private final ConcurrentHashMap<String, Long> goodUntilMs = new ConcurrentHashMap<>();

    public EndedSessions(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public boolean isRevoked(String key) {
        long now = clock.millis();
        Long good = goodUntilMs.get(key);
        if (good != null && good > now) {
            return false;
        }
        boolean revoked =
                database.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT COUNT(*) FROM invalid_session WHERE"
                                                        + " session_key = :key AND revoked")
                                        .bind("key", key)
                                        .mapTo(Boolean.class)
                                        .one());
        if (!revoked) {
            if (goodUntilMs.size() >= MAX_CACHED) {
                goodUntilMs.clear();
            }
            goodUntilMs.put(key, now + CACHE_MS);
        }
        return revoked;
    }

    @Override
    public void revoke(String key, Instant until) {
        database.useHandle(
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO invalid_session (session_key, revoked, uses, expires_at)
                                        VALUES (:key, TRUE, 0, :until)
                                        ON DUPLICATE KEY UPDATE revoked = TRUE,
                                            expires_at = GREATEST(expires_at, :until)
                                        """)
                                .bind("key", key)
                                .bind("until", until.getEpochSecond())
                                .execute());
        goodUntilMs.remove(key);
    }

    @Override
    public boolean countUse(String key, int limit, Instant until) {
        return database.inTransaction(
                handle -> {
                    handle.createUpdate(
                                    """
                                    INSERT INTO invalid_session (session_key, revoked, uses, expires_at)
                                    VALUES (:key, FALSE, 1, :until)
                                    ON DUPLICATE KEY UPDATE uses = uses + 1
                                    """)
                            .bind("key", key)
                            .bind("until", until.getEpochSecond())
                            .execute();
                    return handle.createQuery(
                                            "SELECT uses FROM invalid_session WHERE session_key ="
                                                    + " :key")
                                    .bind("key", key)
                                    .mapTo(Integer.class)
                                    .one()
                            <= limit;
                });
    }

    /// Forgets what has expired by itself.
    public int sweep() {
        return database.withHandle(
                handle ->
                        handle.createUpdate("DELETE FROM invalid_session WHERE expires_at < :now")
                                .bind("now", clock.instant().getEpochSecond())
                                .execute());
    }
}
