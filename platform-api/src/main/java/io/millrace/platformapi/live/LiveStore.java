package io.millrace.platformapi.live;

import io.millrace.platformapi.model.DvrStatus;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.RecordStatus;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The SQL of live entries and of who publishes them. Thread-safe.
public final class LiveStore {
    /// A media server that has not registered again for so long has lost the stream.
    public static final int NODE_TTL_SECONDS = 60;

    /// A publisher that comes back within a minute goes on with its recording's entry. Heartbeats
    /// are 20 s apart.
    private static final int SESSION_SECONDS = 80;

    static final String FRESH =
            "refreshed_at > UTC_TIMESTAMP(3) - INTERVAL " + NODE_TTL_SECONDS + " SECOND";

    private static final RowMapper<LiveRow> ROW = ConstructorMapper.of(LiveRow.class);
    private static final RowMapper<ServerNode> NODE = ConstructorMapper.of(ServerNode.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Database database;
    private final InstantSource clock;

    public LiveStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    void add(Handle handle, String entryId, int partnerId, LiveStreamEntry wanted) {
        handle.createUpdate(
                        """
                        INSERT INTO live_entry (entry_id, partner_id, record_status, dvr_status, dvr_window_min,
                            stream_token, stream_password, stream_name, explicit_live, view_mode, offline_message)
                        VALUES (:id, :partnerId, :record, :dvr, :window, :token, :password, :name, :explicit,
                            :viewMode, :offline)
                        """)
                .bind("id", entryId)
                .bind("partnerId", partnerId)
                .bind(
                        "record",
                        wanted.recordStatus == null
                                ? RecordStatus.PER_SESSION
                                : wanted.recordStatus)
                .bind("dvr", wanted.dvrStatus == null ? DvrStatus.DISABLED : wanted.dvrStatus)
                .bind("window", wanted.dvrWindow)
                .bind("token", random(16))
                .bind("password", wanted.streamPassword == null ? random(4) : wanted.streamPassword)
                .bind(
                        "name",
                        wanted.streamName == null || wanted.streamName.isEmpty()
                                ? entryId + "_%i"
                                : wanted.streamName)
                .bind("explicit", Integer.valueOf(1).equals(wanted.explicitLive))
                .bind("viewMode", wanted.viewMode == null ? 1 : wanted.viewMode)
                .bind("offline", wanted.offlineMessage)
                .execute();
    }

    Optional<LiveRow> find(Handle handle, String entryId) {
        return handle.createQuery("SELECT * FROM live_entry WHERE entry_id = :id")
                .bind("id", entryId)
                .map(ROW)
                .findOne();
    }

    Optional<LiveRow> find(String entryId) {
        return database.withHandle(handle -> find(handle, entryId));
    }

    List<LiveRow> findAll(Collection<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return database.withHandle(
                handle ->
                        handle.createQuery("SELECT * FROM live_entry WHERE entry_id IN (<ids>)")
                                .bindList("ids", List.copyOf(ids))
                                .map(ROW)
                                .list());
    }

    void update(
            Handle handle,
            String entryId,
            @Nullable Integer recordStatus,
            @Nullable Integer dvrStatus,
            @Nullable Integer dvrWindow,
            @Nullable Integer explicitLive,
            @Nullable Integer viewMode,
            @Nullable String offlineMessage) {
        handle.createUpdate(
                        """
                        UPDATE live_entry SET record_status = COALESCE(:record, record_status),
                            dvr_status = COALESCE(:dvr, dvr_status),
                            dvr_window_min = COALESCE(:window, dvr_window_min),
                            explicit_live = COALESCE(:explicit, explicit_live),
                            view_mode = COALESCE(:viewMode, view_mode),
                            offline_message = COALESCE(:offline, offline_message)
                        WHERE entry_id = :id
                        """)
                .bind("id", entryId)
                .bind("record", recordStatus)
                .bind("dvr", dvrStatus)
                .bind("window", dvrWindow)
                .bind("explicit", explicitLive)
                .bind("viewMode", viewMode)
                .bind("offline", offlineMessage)
                .execute();
    }

    void newToken(Handle handle, String entryId) {
        handle.createUpdate("UPDATE live_entry SET stream_token = :token WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("token", random(16))
                .execute();
    }

    void recordedInto(Handle handle, String entryId, String recordedEntryId, boolean isNew) {
        handle.createUpdate(
                        "UPDATE live_entry SET recorded_entry_id = :recorded, recordings ="
                                + " recordings + :more WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("recorded", recordedEntryId)
                .bind("more", isNew ? 1 : 0)
                .execute();
    }

    /// Whether what is recorded now goes on with what was before, by the database's clock.
    boolean isSessionOpen(Handle handle, String entryId) {
        return handle.createQuery(
                        "SELECT COUNT(*) FROM live_entry WHERE entry_id = :id AND session_until >"
                                + " UTC_TIMESTAMP(3)")
                .bind("id", entryId)
                .mapTo(Boolean.class)
                .one();
    }

    void keepSession(Handle handle, String entryId) {
        handle.createUpdate(
                        "UPDATE live_entry SET session_until = UTC_TIMESTAMP(3) + INTERVAL :seconds"
                                + " SECOND WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("seconds", SESSION_SECONDS)
                .execute();
    }

    void endSession(Handle handle, String entryId) {
        handle.createUpdate(
                        "UPDATE live_entry SET session_until = NULL WHERE entry_id = :id AND NOT"
                                + " EXISTS (SELECT 1 FROM entry_server_node n WHERE n.entry_id ="
                                + " :id)")
                .bind("id", entryId)
                .execute();
    }

    void recordingIs(Handle handle, String entryId, int status, @Nullable String problem) {
        handle.createUpdate(
                        "UPDATE live_entry SET recording_status = :status, recording_problem ="
                                + " :problem WHERE entry_id = :id")
                .bind("id", entryId)
                .bind("status", status)
                .bind("problem", problem)
                .execute();
    }

    /// The entry that a recording goes into, if that has been decided.
    Optional<String> entryOf(Handle handle, String liveEntryId, String recordingId) {
        return handle.createQuery(
                        "SELECT entry_id FROM live_recording_entry WHERE live_entry_id = :live AND"
                                + " recording_id = :id")
                .bind("live", liveEntryId)
                .bind("id", recordingId)
                .mapTo(String.class)
                .findOne();
    }

    /// Where the recordings that go into an entry are, in their order.
    List<String> foldersOf(Handle handle, String entryId) {
        return handle.createQuery(
                        "SELECT CONCAT('content/live/', live_entry_id, '/', recording_id, '/') FROM"
                                + " live_recording_entry WHERE entry_id = :id ORDER BY"
                                + " recording_id")
                .bind("id", entryId)
                .mapTo(String.class)
                .list();
    }

    /// Whether any recording goes into an entry.
    boolean hasRecording(Handle handle, String entryId) {
        return handle.createQuery("SELECT COUNT(*) FROM live_recording_entry WHERE entry_id = :id")
                        .bind("id", entryId)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    void goesInto(Handle handle, String recordingId, String liveEntryId, String entryId) {
        handle.createUpdate(
                        """
                        INSERT INTO live_recording_entry (recording_id, live_entry_id, entry_id, created_at)
                        VALUES (:recording, :live, :entry, UTC_TIMESTAMP(3))
                        ON DUPLICATE KEY UPDATE entry_id = :entry
                        """)
                .bind("recording", recordingId)
                .bind("live", liveEntryId)
                .bind("entry", entryId)
                .execute();
    }

    /// The files of an entry in the order in which they were recorded: recordings' ids begin with
    /// the time, files' names end in their number.
    List<String> filesOf(Handle handle, String entryId) {
        return handle.createQuery(
                        "SELECT blob_key FROM live_recording WHERE entry_id = :id ORDER BY"
                                + " recording_id, LENGTH(blob_key), blob_key")
                .bind("id", entryId)
                .mapTo(String.class)
                .list();
    }

    /// A media server has the stream, or still has it.
    void refresh(
            Handle handle,
            LiveRow live,
            int index,
            String hostName,
            @Nullable String address,
            @Nullable String application,
            int status) {
        handle.createUpdate(
                        """
                        INSERT INTO entry_server_node (entry_id, server_index, partner_id, host_name, address,
                            application, status, refreshed_at, created_at)
                        VALUES (:id, :index, :partnerId, :host, :address, :application, :status,
                            UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
                        ON DUPLICATE KEY UPDATE host_name = :host, address = COALESCE(:address, address),
                            application = :application, status = :status, refreshed_at = UTC_TIMESTAMP(3)
                        """)
                .bind("id", live.entryId())
                .bind("index", index)
                .bind("partnerId", live.partnerId())
                .bind("host", hostName)
                .bind("address", address)
                .bind("application", application)
                .bind("status", status)
                .execute();
        long now = clock.instant().getEpochSecond();
        handle.createUpdate(
                        """
                        UPDATE live_entry SET first_broadcast = COALESCE(first_broadcast, :now),
                            last_broadcast = IF(broadcast_start IS NULL, :now, last_broadcast),
                            broadcast_start = COALESCE(broadcast_start, :now)
                        WHERE entry_id = :id
                        """)
                .bind("id", live.entryId())
                .bind("now", now)
                .execute();
    }

    /// The stream has left this media server; if another has taken it meanwhile, that one keeps it.
    void remove(Handle handle, String entryId, int index, String hostName) {
        handle.createUpdate(
                        "DELETE FROM entry_server_node WHERE entry_id = :id AND server_index ="
                                + " :index AND host_name = :host")
                .bind("id", entryId)
                .bind("index", index)
                .bind("host", hostName)
                .execute();
        ended(handle, entryId);
    }

    private void ended(Handle handle, String entryId) {
        handle.createUpdate(
                        """
                        UPDATE live_entry SET last_broadcast_end = :now, broadcast_start = NULL
                        WHERE entry_id = :id AND broadcast_start IS NOT NULL
                            AND NOT EXISTS (SELECT 1 FROM entry_server_node n WHERE n.entry_id = :id)
                        """)
                .bind("id", entryId)
                .bind("now", clock.instant().getEpochSecond())
                .execute();
    }

    List<ServerNode> nodes(Handle handle, String entryId) {
        return handle.createQuery(
                        "SELECT * FROM entry_server_node WHERE entry_id = :id AND "
                                + FRESH
                                + " ORDER BY server_index")
                .bind("id", entryId)
                .map(NODE)
                .list();
    }

    List<ServerNode> nodes(Collection<String> entryIds) {
        if (entryIds.isEmpty()) {
            return List.of();
        }
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM entry_server_node WHERE entry_id IN (<ids>)"
                                                + " AND "
                                                + FRESH
                                                + " ORDER BY server_index")
                                .bindList("ids", List.copyOf(entryIds))
                                .map(NODE)
                                .list());
    }

    /// Forgets servers that have gone silent.
    ///
    /// @return how many
    public int sweep() {
        List<String> stale =
                database.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT DISTINCT entry_id FROM entry_server_node"
                                                        + " WHERE NOT ("
                                                        + FRESH
                                                        + ") LIMIT 100")
                                        .mapTo(String.class)
                                        .list());
        for (String entryId : stale) {
            database.useTransaction(
                    handle -> {
                        handle.createUpdate(
                                        "DELETE FROM entry_server_node WHERE entry_id = :id AND NOT"
                                                + " ("
                                                + FRESH
                                                + ")")
                                .bind("id", entryId)
                                .execute();
                        ended(handle, entryId);
                    });
        }
        return stale.size();
    }

    /// The entry that a recorded file became, if it was handed over before.
    Optional<String> recordedAs(Handle handle, String blobKey) {
        return handle.createQuery("SELECT entry_id FROM live_recording WHERE blob_key = :key")
                .bind("key", blobKey)
                .mapTo(String.class)
                .findOne();
    }

    void addRecording(
            Handle handle,
            String blobKey,
            @Nullable String recordingId,
            String liveEntryId,
            String entryId,
            String assetId,
            long durationMs) {
        handle.createUpdate(
                        """
                        INSERT INTO live_recording (blob_key, recording_id, live_entry_id, entry_id, asset_id,
                            duration_ms, created_at)
                        VALUES (:key, :recordingId, :live, :entry, :asset, :duration, :now)
                        """)
                .bind("key", blobKey)
                .bind("recordingId", recordingId)
                .bind("live", liveEntryId)
                .bind("entry", entryId)
                .bind("asset", assetId)
                .bind("duration", durationMs)
                .bind("now", clock.instant().getEpochSecond())
                .execute();
    }

    private static String random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
