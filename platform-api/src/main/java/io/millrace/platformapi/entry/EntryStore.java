package io.millrace.platformapi.entry;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The SQL of entries. Every save counts the row's version up and writes a row of `search_log` in
/// the same transaction, so the index can never miss one. Thread-safe.
public final class EntryStore {
    private static final RowMapper<Entry> ROW = ConstructorMapper.of(Entry.class);

    private final Database database;
    private final InstantSource clock;

    public EntryStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// The entry as this caller may see it: of its own partner, not deleted.
    ///
    /// @throws ApiException ENTRY_ID_NOT_FOUND, whatever the reason
    public Entry visible(ApiCall call, String id) {
        return database.withHandle(handle -> visible(handle, call, id));
    }

    public Entry visible(Handle handle, ApiCall call, String id) {
        return find(handle, id)
                .filter(entry -> isVisible(call, entry))
                .orElseThrow(() -> ApiException.entryNotFound(id));
    }

    /// As {@link #visible}, and nobody else changes it until the transaction ends.
    public Entry visibleForChange(Handle handle, ApiCall call, String id) {
        return lock(handle, id)
                .filter(entry -> isVisible(call, entry))
                .orElseThrow(() -> ApiException.entryNotFound(id));
    }

    private static boolean isVisible(ApiCall call, Entry entry) {
        return entry.status() != EntryStatus.DELETED
                && (entry.partnerId() == call.partnerId()
                        || (call.isInternal() && call.partnerId() < 0));
    }

    public Optional<Entry> find(String id) {
        return database.withHandle(handle -> find(handle, id));
    }

    public Optional<Entry> find(Handle handle, String id) {
        return handle.createQuery("SELECT * FROM entry WHERE id = :id")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    public Optional<Entry> lock(Handle handle, String id) {
        return handle.createQuery("SELECT * FROM entry WHERE id = :id FOR UPDATE")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    public List<Entry> findAll(Collection<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return list(new Conditions().in("id", ids), " ORDER BY id", ids.size(), 0);
    }

    public List<Entry> list(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM entry"
                                                        + conditions.where()
                                                        + orderBy
                                                        + " LIMIT :limit OFFSET :offset"))
                                .bind("limit", limit)
                                .bind("offset", offset)
                                .map(ROW)
                                .list());
    }

    public int count(Conditions conditions) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT COUNT(*) FROM entry" + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    /// Adds a row and returns it as it is now; `id` and times are set here.
    public Entry add(Handle handle, EntryChange change) {
        String id = ObjectIds.next();
        long now = clock.instant().getEpochSecond();
        change.set("id", id).set("created_at", now).set("updated_at", now);
        var places = new ArrayList<String>();
        change.columns.keySet().forEach(column -> places.add(":" + column));
        handle.createUpdate(
                        "INSERT INTO entry ("
                                + String.join(", ", change.columns.keySet())
                                + ") VALUES ("
                                + String.join(", ", places)
                                + ")")
                .bindMap(change.columns)
                .execute();
        log(handle, id);
        return find(handle, id).orElseThrow();
    }

    /// Saves and returns the row as it is now; nothing happens when nothing is to be changed.
    public Entry save(Handle handle, String id, EntryChange change) {
        if (!change.isEmpty()) {
            var sets = new ArrayList<String>();
            change.columns.keySet().forEach(column -> sets.add(column + " = :" + column));
            handle.createUpdate(
                            "UPDATE entry SET "
                                    + String.join(", ", sets)
                                    + ", updated_at = :now_, row_version = row_version + 1"
                                    + " WHERE id = :id_")
                    .bindMap(change.columns)
                    .bind("now_", clock.instant().getEpochSecond())
                    .bind("id_", id)
                    .execute();
            log(handle, id);
        }
        return find(handle, id).orElseThrow();
    }

    private static void log(Handle handle, @Nullable String id) {
        handle.createUpdate("INSERT INTO search_log (entry_id) VALUES (:id)")
                .bind("id", id)
                .execute();
    }
}
