package io.millrace.platformapi.partner;

import io.millrace.platformapi.session.PartnerSecrets;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Partners and the secrets that sign their sessions.
///
/// The internal partners have no row: -1 (batch) and -5 (media server) sign with the cluster's
/// secret. Secrets are asked for with every call, so they are kept for {@link #CACHE_MS}; a changed
/// secret or a blocked partner takes that long to be seen everywhere. Thread-safe.
public final class PartnerStore implements PartnerSecrets {
    public static final int BATCH = -1;
    public static final int MEDIA_SERVER = -5;

    static final long CACHE_MS = 5000;
    private static final int MAX_CACHED = 10_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final SecretBox box;
    private final Secrets internal;
    private final InstantSource clock;
    private final ConcurrentHashMap<Integer, Cached> cache = new ConcurrentHashMap<>();

    private record Cached(Optional<Secrets> secrets, long untilMs) {}

    public PartnerStore(Database database, String clusterSecret, InstantSource clock) {
        this.database = database;
        this.box = new SecretBox(clusterSecret);
        this.internal = new Secrets(List.of(clusterSecret), null, true, null);
        this.clock = clock;
    }

    @Override
    public Optional<Secrets> find(int partnerId) {
        if (partnerId == BATCH || partnerId == MEDIA_SERVER) {
            return Optional.of(internal);
        }
        if (partnerId <= 0) {
            return Optional.empty();
        }
        long now = clock.millis();
        Cached cached = cache.get(partnerId);
        if (cached != null && cached.untilMs > now) {
            return cached.secrets;
        }
        Optional<Secrets> secrets =
                row(partnerId)
                        .map(
                                partner ->
                                        new Secrets(
                                                List.of(partner.adminSecret()),
                                                partner.secret(),
                                                partner.status() == PartnerRow.ACTIVE,
                                                null));
        if (cache.size() >= MAX_CACHED) {
            cache.clear();
        }
        cache.put(partnerId, new Cached(secrets, now + CACHE_MS));
        return secrets;
    }

    public Optional<PartnerRow> row(int id) {
        return database.withHandle(
                handle ->
                        handle.createQuery("SELECT * FROM partner WHERE id = :id AND status <> 0")
                                .bind("id", id)
                                .map((row, _) -> read(row))
                                .findOne());
    }

    Optional<PartnerRow> first(Handle handle) {
        return handle.createQuery("SELECT * FROM partner WHERE status = 1 ORDER BY id LIMIT 1")
                .map((row, _) -> read(row))
                .findOne();
    }

    /// A new partner with random secrets. They are sealed in a second step because they are bound
    /// to the id, which only the row gives.
    int add(Handle handle, String name, String adminName, String adminEmail) {
        int id =
                handle.createUpdate(
                                """
                                INSERT INTO partner (name, admin_name, admin_email, status, secret, admin_secret,
                                    created_at, updated_at)
                                VALUES (:name, :adminName, :adminEmail, 1, '', '', :now, :now)
                                """)
                        .bind("name", name)
                        .bind("adminName", adminName)
                        .bind("adminEmail", adminEmail)
                        .bind("now", clock.instant().getEpochSecond())
                        .executeAndReturnGeneratedKeys("id")
                        .mapTo(Integer.class)
                        .one();
        handle.createUpdate(
                        "UPDATE partner SET secret = :secret, admin_secret = :adminSecret WHERE id ="
                                + " :id")
                .bind("secret", box.seal(randomSecret(), "secret " + id))
                .bind("adminSecret", box.seal(randomSecret(), "admin_secret " + id))
                .bind("id", id)
                .execute();
        return id;
    }

    void setDefaultProfile(Handle handle, int id, int profileId) {
        handle.createUpdate(
                        "UPDATE partner SET default_conversion_profile_id = :profile WHERE id = :id")
                .bind("profile", profileId)
                .bind("id", id)
                .execute();
    }

    private PartnerRow read(ResultSet row) throws SQLException {
        int id = row.getInt("id");
        return new PartnerRow(
                id,
                row.getString("name"),
                row.getString("admin_name"),
                row.getString("admin_email"),
                row.getString("description"),
                row.getInt("status"),
                box.open(row.getBytes("secret"), "secret " + id),
                box.open(row.getBytes("admin_secret"), "admin_secret " + id),
                nullableInt(row, "default_conversion_profile_id"),
                row.getLong("created_at"));
    }

    private static @Nullable Integer nullableInt(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }

    private static String randomSecret() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
