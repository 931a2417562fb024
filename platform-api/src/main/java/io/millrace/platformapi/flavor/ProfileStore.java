package io.millrace.platformapi.flavor;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The SQL of conversion profiles and flavor params. Thread-safe.
public final class ProfileStore {
    private static final RowMapper<Profile> PROFILE = ConstructorMapper.of(Profile.class);
    private static final RowMapper<FlavorSpec> SPEC = ConstructorMapper.of(FlavorSpec.class);

    private final Database database;
    private final InstantSource clock;

    public ProfileStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// The two profiles that a new partner gets.
    ///
    /// @return the id of the one for stored media
    public int addDefaults(Handle handle, int partnerId) {
        int media = add(handle, partnerId, Profile.MEDIA, "Default", "Default");
        for (int params : List.of(0, 2, 3, 5, 7, 10)) {
            addParams(
                    handle, media, params, params == 0 ? 0 : Flavor.REQUIRED, params == 0 ? 1 : 0);
        }
        int live = add(handle, partnerId, Profile.LIVE, "Passthrough Live", "Passthrough_Live");
        addParams(handle, live, 32, Flavor.REQUIRED, 1);
        return media;
    }

    private int add(Handle handle, int partnerId, int type, String name, String systemName) {
        return handle.createUpdate(
                        """
                        INSERT INTO conversion_profile (partner_id, status, type, name, system_name, is_default,
                            created_at)
                        VALUES (:partnerId, 2, :type, :name, :systemName, TRUE, :now)
                        """)
                .bind("partnerId", partnerId)
                .bind("type", type)
                .bind("name", name)
                .bind("systemName", systemName)
                .bind("now", clock.instant().getEpochSecond())
                .executeAndReturnGeneratedKeys("id")
                .mapTo(Integer.class)
                .one();
    }

    private static void addParams(
            Handle handle, int profileId, int paramsId, int readyBehavior, int origin) {
        handle.createUpdate(
                        "INSERT INTO conversion_profile_params VALUES (:profile, :params, :behavior,"
                                + " :origin)")
                .bind("profile", profileId)
                .bind("params", paramsId)
                .bind("behavior", readyBehavior)
                .bind("origin", origin)
                .execute();
    }

    public Optional<Profile> find(int partnerId, int id) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM conversion_profile WHERE id = :id AND"
                                                + " partner_id = :partnerId AND status <> 3")
                                .bind("id", id)
                                .bind("partnerId", partnerId)
                                .map(PROFILE)
                                .findOne());
    }

    public Optional<Profile> defaultOf(int partnerId, int type) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM conversion_profile WHERE partner_id ="
                                                + " :partnerId AND type = :type AND status = 2 AND"
                                                + " is_default ORDER BY id LIMIT 1")
                                .bind("partnerId", partnerId)
                                .bind("type", type)
                                .map(PROFILE)
                                .findOne());
    }

    List<Profile> page(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM conversion_profile"
                                                        + conditions.where()
                                                        + orderBy
                                                        + " LIMIT :limit OFFSET :offset"))
                                .bind("limit", limit)
                                .bind("offset", offset)
                                .map(PROFILE)
                                .list());
    }

    int count(Conditions conditions) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT COUNT(*) FROM conversion_profile"
                                                        + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    /// What a profile wants; what everybody's default wants when there is no profile.
    public List<FlavorSpec> specsOf(Handle handle, @Nullable Integer profileId) {
        List<FlavorSpec> specs =
                handle.createQuery(
                                """
                                SELECT p.* FROM flavor_params p
                                JOIN conversion_profile_params c ON c.flavor_params_id = p.id
                                WHERE c.conversion_profile_id = :id ORDER BY p.id
                                """)
                        .bind("id", profileId == null ? 0 : profileId)
                        .map(SPEC)
                        .list();
        return specs.isEmpty() ? specsOf(handle, new Conditions().equal("partner_id", 0)) : specs;
    }

    List<FlavorSpec> specsOf(Handle handle, Conditions conditions) {
        return conditions
                .bindTo(
                        handle.createQuery(
                                "SELECT * FROM flavor_params"
                                        + conditions.where()
                                        + " ORDER BY id"))
                .map(SPEC)
                .list();
    }

    List<FlavorSpec> specs(Conditions conditions) {
        return database.withHandle(handle -> specsOf(handle, conditions));
    }

    List<FlavorSpec> specs(@Nullable Integer profileId) {
        return database.withHandle(handle -> specsOf(handle, profileId));
    }
}
