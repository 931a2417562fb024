package io.millrace.platformapi.flavor;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The SQL of flavors. Thread-safe.
public final class FlavorStore {
    private static final RowMapper<Flavor> ROW = ConstructorMapper.of(Flavor.class);

    private final Database database;
    private final InstantSource clock;

    public FlavorStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    public Optional<Flavor> find(String id) {
        return database.withHandle(handle -> find(handle, id));
    }

    public Optional<Flavor> find(Handle handle, String id) {
        return handle.createQuery("SELECT * FROM flavor_asset WHERE id = :id")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    /// Without the deleted ones, the source first, then upwards.
    public List<Flavor> ofEntry(Handle handle, String entryId) {
        return list(
                handle,
                new Conditions()
                        .equal("entry_id", entryId)
                        .and("status <> " + FlavorAssetStatus.DELETED));
    }

    public List<Flavor> ofEntry(String entryId) {
        return database.withHandle(handle -> ofEntry(handle, entryId));
    }

    public List<Flavor> ofEntries(Collection<String> entryIds) {
        return database.withHandle(
                handle ->
                        list(
                                handle,
                                new Conditions()
                                        .in("entry_id", entryIds)
                                        .and("status <> " + FlavorAssetStatus.DELETED)));
    }

    private static List<Flavor> list(Handle handle, Conditions conditions) {
        return conditions
                .bindTo(
                        handle.createQuery(
                                "SELECT * FROM flavor_asset"
                                        + conditions.where()
                                        + " ORDER BY is_original DESC, bitrate_kbps, height, id"))
                .map(ROW)
                .list();
    }

    List<Flavor> page(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM flavor_asset"
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
                                                "SELECT COUNT(*) FROM flavor_asset"
                                                        + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    /// The source of an entry: its bytes are under the key already, what they are is not known yet.
    ///
    /// @param blobKey null while there are none
    public void addSource(
            Handle handle,
            String id,
            String entryId,
            int partnerId,
            @Nullable String blobKey,
            long sizeBytes,
            String fileExt) {
        handle.createUpdate(
                        """
                        INSERT INTO flavor_asset (id, entry_id, partner_id, flavor_params_id, is_original, status,
                            ready_behavior, version, blob_key, size_bytes, tags, file_ext, created_at, updated_at)
                        VALUES (:id, :entryId, :partnerId, 0, TRUE, :status, 0, 1, :key, :size, 'source', :ext,
                            :now, :now)
                        """)
                .bind("id", id)
                .bind("entryId", entryId)
                .bind("partnerId", partnerId)
                .bind("status", FlavorAssetStatus.QUEUED)
                .bind("key", blobKey)
                .bind("size", sizeBytes)
                .bind("ext", fileExt)
                .bind("now", now())
                .execute();
    }

    void addQueued(Handle handle, String id, Flavor source, Rendition rendition, String fileExt) {
        handle.createUpdate(
                        """
                        INSERT INTO flavor_asset (id, entry_id, partner_id, flavor_params_id, is_original, status,
                            ready_behavior, tags, file_ext, width, height, bitrate_kbps, frame_rate, created_at,
                            updated_at)
                        VALUES (:id, :entryId, :partnerId, :specId, FALSE, :status, :behavior, :tags, :ext, :width,
                            :height, :kbps, :rate, :now, :now)
                        """)
                .bind("id", id)
                .bind("entryId", source.entryId())
                .bind("partnerId", source.partnerId())
                .bind("specId", rendition.spec().id())
                .bind("status", FlavorAssetStatus.QUEUED)
                .bind("behavior", Flavor.REQUIRED)
                .bind("tags", rendition.spec().tags())
                .bind("ext", fileExt)
                .bind("width", rendition.width())
                .bind("height", rendition.height())
                .bind("kbps", rendition.videoBitrateKbps() + rendition.audioBitrateKbps())
                .bind("rate", rendition.frameRate())
                .bind("now", now())
                .execute();
    }

    void become(Handle handle, String id, int status, @Nullable String description) {
        handle.createUpdate(
                        """
                        UPDATE flavor_asset SET status = :status, description = :description, updated_at = :now
                        WHERE id = :id AND status <> 3
                        """)
                .bind("id", id)
                .bind("status", status)
                .bind("description", description)
                .bind("now", now())
                .execute();
    }

    void ready(Handle handle, Flavor flavor) {
        handle.createUpdate(
                        """
                        UPDATE flavor_asset SET status = 2, description = NULL, version = :version,
                            blob_key = :blobKey, size_bytes = :sizeBytes, container_format = :containerFormat,
                            video_codec = :videoCodec, audio_codec = :audioCodec, width = :width, height = :height,
                            bitrate_kbps = :bitrateKbps, frame_rate = :frameRate, duration_ms = :durationMs,
                            updated_at = :updatedAt
                        WHERE id = :id AND status <> 3
                        """)
                .bindMethods(flavor)
                .bind("updatedAt", now())
                .execute();
    }

    /// The source's bytes are now under another key.
    void replaceSource(Handle handle, String id, int version, String blobKey) {
        handle.createUpdate(
                        "UPDATE flavor_asset SET blob_key = :key, version = :version, updated_at ="
                                + " :now WHERE id = :id AND status <> 3")
                .bind("id", id)
                .bind("key", blobKey)
                .bind("version", version)
                .bind("now", now())
                .execute();
    }

    /// Takes all flavors of an entry away and says where their bytes are.
    public void deleteOfEntry(Handle handle, String entryId) {
        handle.createUpdate(
                        "UPDATE flavor_asset SET status = 3, updated_at = :now WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("now", now())
                .execute();
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
