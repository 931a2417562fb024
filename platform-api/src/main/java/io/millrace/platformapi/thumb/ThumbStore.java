package io.millrace.platformapi.thumb;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.model.ThumbAssetStatus;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The SQL of thumbnails. Thread-safe.
public final class ThumbStore {
    private static final RowMapper<Thumb> ROW = ConstructorMapper.of(Thumb.class);

    private final Database database;
    private final InstantSource clock;

    public ThumbStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// The picture that stands for the entry, once it is there.
    public Optional<Thumb> ready(String entryId) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM thumb_asset WHERE entry_id = :id AND status"
                                                + " = 2 AND blob_key IS NOT NULL ORDER BY"
                                                + " is_default DESC, created_at LIMIT 1")
                                .bind("id", entryId)
                                .map(ROW)
                                .findOne());
    }

    public Optional<Thumb> find(String id) {
        return database.withHandle(
                handle ->
                        handle.createQuery("SELECT * FROM thumb_asset WHERE id = :id")
                                .bind("id", id)
                                .map(ROW)
                                .findOne());
    }

    public List<Thumb> ofEntry(Handle handle, String entryId) {
        return handle.createQuery(
                        "SELECT * FROM thumb_asset WHERE entry_id = :id AND status <> 3 ORDER BY"
                                + " created_at, id")
                .bind("id", entryId)
                .map(ROW)
                .list();
    }

    List<Thumb> page(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM thumb_asset"
                                                        + conditions.where()
                                                        + orderBy
                                                        + " LIMIT :limit OFFSET :offset"))
                                .bind("limit", limit)
                                .bind("offset", offset)
                                .map(ROW)
                                .list());
    }

    int count(Conditions conditions) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT COUNT(*) FROM thumb_asset"
                                                        + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    public void addQueued(Handle handle, String id, String entryId, int partnerId) {
        handle.createUpdate(
                        """
                        INSERT INTO thumb_asset (id, entry_id, partner_id, status, is_default, file_ext, created_at,
                            updated_at)
                        VALUES (:id, :entryId, :partnerId, :status, TRUE, 'jpg', :now, :now)
                        """)
                .bind("id", id)
                .bind("entryId", entryId)
                .bind("partnerId", partnerId)
                .bind("status", ThumbAssetStatus.QUEUED)
                .bind("now", now())
                .execute();
    }

    public void become(Handle handle, String id, int status, @Nullable String description) {
        handle.createUpdate(
                        "UPDATE thumb_asset SET status = :status, description = :description,"
                                + " updated_at = :now WHERE id = :id AND status <> 3")
                .bind("id", id)
                .bind("status", status)
                .bind("description", description)
                .bind("now", now())
                .execute();
    }

    public void ready(
            Handle handle,
            String id,
            int version,
            String blobKey,
            long sizeBytes,
            int width,
            int height) {
        handle.createUpdate(
                        """
                        UPDATE thumb_asset SET status = 2, description = NULL, version = :version, blob_key = :key,
                            size_bytes = :size, width = :width, height = :height, updated_at = :now
                        WHERE id = :id AND status <> 3
                        """)
                .bind("id", id)
                .bind("version", version)
                .bind("key", blobKey)
                .bind("size", sizeBytes)
                .bind("width", width)
                .bind("height", height)
                .bind("now", now())
                .execute();
    }

    public void deleteOfEntry(Handle handle, String entryId) {
        handle.createUpdate(
                        "UPDATE thumb_asset SET status = 3, updated_at = :now WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("now", now())
                .execute();
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
