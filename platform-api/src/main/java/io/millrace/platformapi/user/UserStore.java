package io.millrace.platformapi.user;

import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

import java.time.InstantSource;
import java.util.Optional;

/// The SQL of users who can log in. Thread-safe.
public final class UserStore {
    static final int ACTIVE = 1;

    private static final RowMapper<Login> ROW = ConstructorMapper.of(Login.class);
    private static final int FREE_TRIES = 5;
    private static final long LONGEST_BLOCK_MS = 15 * 60_000;

    private final Database database;
    private final InstantSource clock;

    public UserStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// What a login needs of a row.
    public record Login(
            int id,
            int partnerId,
            String userId,
            String loginId,
            String passwordHash,
            boolean isAdmin,
            int status,
            int failedLogins,
            long blockedUntil) {
        @Override
        public String toString() {
            return "Login[" + loginId + "]";
        }
    }

    Optional<Login> byLoginId(String loginId) {
        return database.withHandle(
                handle ->
                        handle.createQuery("SELECT * FROM user_login WHERE login_id = :loginId")
                                .bind("loginId", loginId)
                                .map(ROW)
                                .findOne());
    }

    Optional<Login> byUserId(int partnerId, String userId) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM user_login WHERE partner_id = :partnerId AND"
                                                + " user_id = :userId")
                                .bind("partnerId", partnerId)
                                .bind("userId", userId)
                                .map(ROW)
                                .findOne());
    }

    /// Counts an attempt before its password is looked at, so that many at once gain nothing: after
    /// the first few, each doubles the time in which no further one is taken.
    void countAttempt(Login login) {
        int failed = login.failedLogins() + 1;
        long blockMs =
                failed <= FREE_TRIES
                        ? 0
                        : Math.min(
                                LONGEST_BLOCK_MS, 1000L << Math.min(20, failed - FREE_TRIES - 1));
        database.useHandle(
                handle ->
                        handle.createUpdate(
                                        "UPDATE user_login SET failed_logins = failed_logins + 1,"
                                                + " blocked_until = :until WHERE id = :id")
                                .bind("until", blockMs == 0 ? 0 : clock.millis() + blockMs)
                                .bind("id", login.id())
                                .execute());
    }

    void succeeded(Login login) {
        database.useHandle(
                handle ->
                        handle.createUpdate(
                                        "UPDATE user_login SET failed_logins = 0, blocked_until = 0,"
                                                + " last_login_at = :now WHERE id = :id")
                                .bind("now", clock.instant().getEpochSecond())
                                .bind("id", login.id())
                                .execute());
    }

    /// A user with a random password.
    ///
    /// @return the password; only its hash is kept
    public String addAdmin(Handle handle, int partnerId, String loginId) {
        String password = Passwords.random();
        handle.createUpdate(
                        """
                        INSERT INTO user_login (partner_id, user_id, login_id, password_hash, is_admin, status,
                            created_at, updated_at)
                        VALUES (:partnerId, :loginId, :loginId, :hash, TRUE, 1, :now, :now)
                        """)
                .bind("partnerId", partnerId)
                .bind("loginId", loginId)
                .bind("hash", Passwords.hash(password))
                .bind("now", clock.instant().getEpochSecond())
                .execute();
        return password;
    }

    /// Gives a user a new random password; empty when there is no such user.
    public Optional<String> resetPassword(String loginId) {
        String password = Passwords.random();
        int changed =
                database.withHandle(
                        handle ->
                                handle.createUpdate(
                                                "UPDATE user_login SET password_hash = :hash,"
                                                        + " failed_logins = 0, blocked_until = 0,"
                                                        + " updated_at = :now WHERE login_id ="
                                                        + " :loginId")
                                        .bind("hash", Passwords.hash(password))
                                        .bind("now", clock.instant().getEpochSecond())
                                        .bind("loginId", loginId)
                                        .execute());
        return changed == 1 ? Optional.of(password) : Optional.empty();
    }
}
