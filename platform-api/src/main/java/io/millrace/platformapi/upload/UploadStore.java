package io.millrace.platformapi.upload;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.model.UploadTokenStatus;
import io.millrace.platformapi.upload.Upload.StoredChunk;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The SQL of uploads. Thread-safe.
public final class UploadStore {
    private static final RowMapper<Upload> ROW = ConstructorMapper.of(Upload.class);
    private static final RowMapper<StoredChunk> CHUNK = ConstructorMapper.of(StoredChunk.class);

    private final Database database;
    private final InstantSource clock;

    public UploadStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    void add(
            String id,
            int partnerId,
            String userId,
            @Nullable String fileName,
            @Nullable Long fileSize,
            boolean autoFinalize) {
        database.useHandle(
                handle ->
                        handle.createUpdate(
                                        """
                                        INSERT INTO upload_token (id, partner_id, user_id, status, file_name, file_size,
                                            auto_finalize, created_at, updated_at)
                                        VALUES (:id, :partnerId, :userId, :status, :fileName, :fileSize, :auto, :now,
                                            :now)
                                        """)
                                .bind("id", id)
                                .bind("partnerId", partnerId)
                                .bind("userId", userId)
                                .bind("status", UploadTokenStatus.PENDING)
                                .bind("fileName", fileName)
                                .bind("fileSize", fileSize)
                                .bind("auto", autoFinalize)
                                .bind("now", now())
                                .execute());
    }

    Optional<Upload> find(String id) {
        return database.withHandle(
                handle ->
                        handle.createQuery("SELECT * FROM upload_token WHERE id = :id")
                                .bind("id", id)
                                .map(ROW)
                                .findOne());
    }

    Optional<Upload> lock(Handle handle, String id) {
        return handle.createQuery("SELECT * FROM upload_token WHERE id = :id FOR UPDATE")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    List<StoredChunk> chunks(Handle handle, String id) {
        return handle.createQuery(
                        "SELECT * FROM upload_chunk WHERE token_id = :id ORDER BY offset_bytes")
                .bind("id", id)
                .map(CHUNK)
                .list();
    }

    List<StoredChunk> chunks(String id) {
        return database.withHandle(handle -> chunks(handle, id));
    }

    void addChunk(Handle handle, StoredChunk chunk) {
        handle.createUpdate(
                        "INSERT INTO upload_chunk VALUES (:tokenId, :offsetBytes, :sizeBytes,"
                                + " :blobKey)")
                .bindMethods(chunk)
                .execute();
    }

    void removeChunks(Handle handle, String id) {
        handle.createUpdate("DELETE FROM upload_chunk WHERE token_id = :id")
                .bind("id", id)
                .execute();
    }

    void progress(
            Handle handle,
            String id,
            int status,
            long uploadedBytes,
            @Nullable Long finalBytes,
            @Nullable String fileName) {
        handle.createUpdate(
                        """
                        UPDATE upload_token SET status = :status, uploaded_bytes = :uploaded, final_bytes = :final,
                            file_name = COALESCE(file_name, :fileName), updated_at = :now
                        WHERE id = :id
                        """)
                .bind("id", id)
                .bind("status", status)
                .bind("uploaded", uploadedBytes)
                .bind("final", finalBytes)
                .bind("fileName", fileName)
                .bind("now", now())
                .execute();
    }

    void become(Handle handle, String id, int status) {
        handle.createUpdate(
                        "UPDATE upload_token SET status = :status, updated_at = :now WHERE id = :id")
                .bind("id", id)
                .bind("status", status)
                .bind("now", now())
                .execute();
    }

    void attach(Handle handle, String id, String entryId, String assetId) {
        handle.createUpdate(
                        "UPDATE upload_token SET attached_entry_id = :entry, attached_asset_id ="
                                + " :asset, updated_at = :now WHERE id = :id")
                .bind("id", id)
                .bind("entry", entryId)
                .bind("asset", assetId)
                .bind("now", now())
                .execute();
    }

    /// Takes the hand-over of a full, attached token for this caller alone; false when somebody has
    /// it.
    boolean claimIngest(String id, long leaseMs) {
        long now = clock.millis();
        return database.withHandle(
                        handle ->
                                handle.createUpdate(
                                                """
                                                UPDATE upload_token SET ingest_until = :until
                                                WHERE id = :id AND status = :full AND attached_entry_id IS NOT NULL
                                                    AND ingest_until < :now
                                                """)
                                        .bind("until", now + leaseMs)
                                        .bind("id", id)
                                        .bind("full", UploadTokenStatus.FULL_UPLOAD)
                                        .bind("now", now)
                                        .execute())
                == 1;
    }

    void extendIngest(String id, long leaseMs) {
        database.useHandle(
                handle ->
                        handle.createUpdate(
                                        "UPDATE upload_token SET ingest_until = :until WHERE id ="
                                                + " :id")
                                .bind("until", clock.millis() + leaseMs)
                                .bind("id", id)
                                .execute());
    }

    /// Full and attached, but nobody hands them over: whoever did has died.
    List<String> stuck(int limit) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT id FROM upload_token WHERE status = :full
                                            AND attached_entry_id IS NOT NULL AND ingest_until < :now
                                            AND updated_at < :since LIMIT :limit
                                        """)
                                .bind("full", UploadTokenStatus.FULL_UPLOAD)
                                .bind("now", clock.millis())
                                .bind("since", now() - 5)
                                .bind("limit", limit)
                                .mapTo(String.class)
                                .list());
    }

    /// Neither closed nor touched since `before`.
    List<String> stale(long before, int limit) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT id FROM upload_token WHERE status IN (0, 1, 2) AND"
                                                + " updated_at < :before LIMIT :limit")
                                .bind("before", before)
                                .bind("limit", limit)
                                .mapTo(String.class)
                                .list());
    }

    List<Upload> page(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM upload_token"
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
                                                "SELECT COUNT(*) FROM upload_token"
                                                        + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
