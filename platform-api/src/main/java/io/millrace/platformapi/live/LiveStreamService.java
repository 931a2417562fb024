package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryEditing;
import io.millrace.platformapi.entry.EntryLists;
import io.millrace.platformapi.entry.EntryRules;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.EntryViews;
import io.millrace.platformapi.flavor.Conversion;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.EntryType;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.LiveStreamDetails;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.LiveStreamEntryFilter;
import io.millrace.platformapi.model.LiveStreamListResponse;
import io.millrace.platformapi.model.MediaType;
import io.millrace.platformapi.model.RecordStatus;
import io.millrace.platformapi.model.Resource;
import io.millrace.platformapi.model.ServerFileResource;
import io.millrace.platformapi.model.ServerNodeStatus;
import io.millrace.platformapi.model.SourceType;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.StreamKey;
import io.millrace.storage.sql.Database;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Live streams: made and looked at by publishers and players, authenticated and reported by media
/// servers (partner -5).
///
/// Two publishers of one stream are the media server's to decide between; here the one that
/// registered last has it.
@ApiService("liveStream")
public final class LiveStreamService {
    private static final Logger log = LoggerFactory.getLogger(LiveStreamService.class);
    private static final List<Integer> TYPES = List.of(EntryType.LIVE_STREAM);
    private static final int BROADCAST_OFFLINE = 1;
    private static final int BROADCAST_LIVE = 3;

    private final Database database;
    private final EntryStore entries;
    private final EntryEditing editing;
    private final EntryLists lists;
    private final EntryViews views;
    private final LiveStore store;
    private final LiveEntries live;
    private final Recordings recordings;

    public LiveStreamService(
            Database database,
            EntryStore entries,
            EntryEditing editing,
            EntryLists lists,
            EntryViews views,
            LiveStore store,
            LiveEntries live,
            Conversion conversion,
            BlobStore blobs) {
        this.database = database;
        this.entries = entries;
        this.editing = editing;
        this.lists = lists;
        this.views = views;
        this.store = store;
        this.live = live;
        this.recordings = new Recordings(database, entries, store, conversion, blobs);
    }

    @ApiAction
    public LiveStreamEntry add(
            ApiCall call, LiveStreamEntry liveStreamEntry, @Default("32") String sourceType) {
        if (!sourceType.equals(Integer.toString(SourceType.LIVE_STREAM))) {
            throw ApiException.invalidEnumValue(sourceType, "sourceType", "KalturaSourceType");
        }
        var change = editing.newEntry(call, liveStreamEntry, EntryType.LIVE_STREAM);
        change.set("status", EntryStatus.READY)
                .set("source_type", SourceType.LIVE_STREAM)
                .set(
                        "media_type",
                        liveStreamEntry.mediaType == null
                                ? MediaType.LIVE_STREAM_FLASH
                                : liveStreamEntry.mediaType);
        Entry added =
                database.inTransaction(
                        handle -> {
                            Entry entry = entries.add(handle, change);
                            store.add(handle, entry.id(), entry.partnerId(), liveStreamEntry);
                            return entry;
                        });
        log.info("live entry {}: added by partner {}", added.id(), added.partnerId());
        return view(call, added);
    }

    @ApiAction(access = Access.WIDGET)
    public LiveStreamEntry get(ApiCall call, String entryId, @Default("-1") int version) {
        return view(call, visible(call, entryId));
    }

    @ApiAction(access = Access.WIDGET)
    public LiveStreamListResponse list(
            ApiCall call, @Nullable LiveStreamEntryFilter filter, @Nullable FilterPager pager) {
        EntryLists.Page page =
                lists.page(
                        call,
                        filter,
                        pager,
                        TYPES,
                        conditions -> {
                            if (filter != null && filter.isLive != null && filter.isLive >= 0) {
                                conditions.and(
                                        (filter.isLive == 1 ? "id IN" : "id NOT IN")
                                                + " (SELECT n.entry_id FROM entry_server_node n"
                                                + " WHERE n.status = "
                                                + ServerNodeStatus.PLAYABLE
                                                + " AND n."
                                                + LiveStore.FRESH
                                                + ")");
                            }
                        });
        var objects = new ArrayList<LiveStreamEntry>();
        for (BaseEntry each : views.of(call, page.rows())) {
            if (each instanceof LiveStreamEntry stream) {
                objects.add(stream);
            }
        }
        return new LiveStreamListResponse().of(objects, page.total());
    }

    @ApiAction
    public LiveStreamEntry update(ApiCall call, String entryId, LiveStreamEntry liveStreamEntry) {
        visible(call, entryId);
        LiveStreamEntry wanted = liveStreamEntry;
        Entry entry =
                editing.update(
                        call,
                        entryId,
                        wanted,
                        (handle, before) -> {
                            boolean fixed =
                                    wanted.recordStatus != null
                                            || wanted.dvrStatus != null
                                            || wanted.dvrWindow != null
                                            || wanted.conversionProfileId != null;
                            if (fixed && !store.nodes(handle, before.id()).isEmpty()) {
                                throw ApiException.of(
                                        "CANNOT_UPDATE_FIELDS_WHILE_ENTRY_BROADCASTING",
                                        "recordStatus, dvrStatus, dvrWindow and conversionProfileId"
                                                + " cannot change while the entry is broadcasting");
                            }
                            store.update(
                                    handle,
                                    before.id(),
                                    wanted.recordStatus,
                                    wanted.dvrStatus,
                                    wanted.dvrWindow,
                                    wanted.explicitLive,
                                    wanted.viewMode,
                                    wanted.offlineMessage);
                        });
        return view(call, entry);
    }

    @ApiAction
    public void delete(ApiCall call, String entryId) {
        visible(call, entryId);
        editing.delete(call, entryId);
    }

    @ApiAction
    public LiveStreamEntry regenerateStreamToken(ApiCall call, String entryId) {
        Entry entry = visible(call, entryId);
        EntryRules.requireEdit(call, entry);
        database.useTransaction(handle -> store.newToken(handle, entryId));
        return view(call, entry);
    }

    /// A stream key that ends by itself, and may be for one address; ours, not Kaltura's.
    ///
    /// @param expiresIn seconds from now on; 0: never
    /// @param address IPv4 or IPv6 of the only publisher that it is good for
    @ApiAction
    public String createTemporaryKey(
            ApiCall call,
            String entryId,
            @Default("86400") int expiresIn,
            @Nullable String address) {
        Entry entry = visible(call, entryId);
        EntryRules.requireEdit(call, entry);
        LiveRow row = store.find(entryId).orElseThrow(() -> ApiException.entryNotFound(entryId));
        if (expiresIn < 0) {
            throw invalid("expiresIn", "0, or seconds from now on");
        }
        try {
            return StreamKey.temporary(
                    row.streamToken(),
                    entryId,
                    expiresIn == 0 ? null : Instant.now().plusSeconds(expiresIn),
                    address == null || address.isEmpty() ? null : address);
        } catch (IllegalArgumentException _) {
            throw invalid("address", "an IP address");
        }
    }

    private static ApiException invalid(String parameter, String expected) {
        return ApiException.of(
                "PROPERTY_VALIDATION_WRONG_FORMAT",
                "The property value \"" + parameter + "\" must be " + expected,
                "PROP_NAME",
                parameter);
    }

    @ApiAction(access = Access.NONE)
    public boolean isLive(ApiCall call, String id, @Nullable String protocol) {
        anybodys(call, id);
        return live.isLive(id);
    }

    @ApiAction(access = Access.NONE)
    public LiveStreamDetails getDetails(ApiCall call, String id) {
        anybodys(call, id);
        var details = new LiveStreamDetails();
        details.primaryStreamStatus = ServerNodeStatus.STOPPED;
        details.secondaryStreamStatus = ServerNodeStatus.STOPPED;
        for (ServerNode node : store.nodes(List.of(id))) {
            if (node.serverIndex() == 0) {
                details.primaryStreamStatus = node.status();
            } else {
                details.secondaryStreamStatus = node.status();
            }
        }
        LiveRow row = store.find(id).orElseThrow(() -> ApiException.entryNotFound(id));
        details.viewMode = row.viewMode();
        details.wasBroadcast = row.firstBroadcast() != null;
        details.broadcastStatus = live.isLive(id) ? BROADCAST_LIVE : BROADCAST_OFFLINE;
        return details;
    }

    /// @param address of the publisher; ours, not Kaltura's
    @ApiAction(access = Access.INTERNAL)
    public LiveStreamEntry authenticate(
            ApiCall call,
            String entryId,
            String token,
            @Nullable String hostname,
            @Nullable String mediaServerIndex,
            @Nullable String applicationName,
            @Nullable String address) {
        Entry entry = visible(call, entryId);
        LiveRow row = store.find(entryId).orElseThrow(() -> ApiException.entryNotFound(entryId));
        switch (StreamKey.check(
                token, row.streamToken(), entryId, Instant.now(), address == null ? "" : address)) {
            case VALID -> {}
            case EXPIRED ->
                    throw refused(
                            "LIVE_STREAM_TOKEN_EXPIRED",
                            "The token of live stream \"" + entryId + "\" has expired",
                            entryId,
                            address);
            case WRONG ->
                    throw refused(
                            "LIVE_STREAM_INVALID_TOKEN",
                            "Invalid token of live stream \"" + entryId + "\"",
                            entryId,
                            address);
        }
        return view(call, entry);
    }

    private static ApiException refused(
            String code, String message, String entryId, @Nullable String address) {
        log.warn("live entry {}: publisher at {}: {}", entryId, address, code);
        return ApiException.of(code, message, "ENTRY_ID", entryId);
    }

    /// The stream is on this media server; said again as a heartbeat, within {@link
    /// LiveStore#NODE_TTL_SECONDS}.
    ///
    /// @param address where other nodes fetch the stream, `http://host:port`; ours, not Kaltura's
    @ApiAction(access = Access.INTERNAL)
    public LiveStreamEntry registerMediaServer(
            ApiCall call,
            String entryId,
            String hostname,
            String mediaServerIndex,
            @Nullable String applicationName,
            @Default("1") int liveEntryStatus,
            @Default("true") boolean shouldCreateRecordedEntry,
            @Nullable String address) {
        visible(call, entryId);
        Entry after =
                database.inTransaction(
                        handle -> {
                            Entry entry = entries.visibleForChange(handle, call, entryId);
                            LiveRow row =
                                    store.find(handle, entryId)
                                            .orElseThrow(() -> ApiException.entryNotFound(entryId));
                            store.refresh(
                                    handle,
                                    row,
                                    index(mediaServerIndex),
                                    hostname,
                                    address,
                                    applicationName,
                                    liveEntryStatus);
                            boolean starts = row.broadcastStart() == null;
                            boolean goesOn = store.isSessionOpen(handle, entryId);
                            store.keepSession(handle, entryId);
                            if (starts
                                    && shouldCreateRecordedEntry
                                    && row.recordStatus() != RecordStatus.DISABLED
                                    && index(mediaServerIndex) == 0) {
                                recordings.prepare(handle, entry, row, goesOn);
                            }
                            return entry;
                        });
        return view(call, after);
    }

    /// @param resumable ours: the media server stops, not the publisher, who may go on elsewhere
    @ApiAction(access = Access.INTERNAL)
    public LiveStreamEntry unregisterMediaServer(
            ApiCall call,
            String entryId,
            String hostname,
            String mediaServerIndex,
            @Default("false") boolean resumable) {
        Entry entry = visible(call, entryId);
        database.useTransaction(
                handle -> {
                    store.remove(handle, entryId, index(mediaServerIndex), hostname);
                    store.recordingIs(handle, entryId, Recordings.STOPPED, null);
                    if (resumable) {
                        store.keepSession(handle, entryId);
                    } else {
                        store.endSession(handle, entryId);
                    }
                });
        log.info("live entry {}: left {}", entryId, hostname);
        return view(call, entry);
    }

    /// Which nodes have the stream, as `http://host:port` each, joined by `,`; empty when none has.
    /// Ours, not Kaltura's: delivery nodes ask it.
    @ApiAction(access = Access.INTERNAL)
    public String locate(ApiCall call, String entryId) {
        return store.nodes(List.of(entryId)).stream()
                .map(node -> node.address() == null ? node.hostName() : node.address())
                .filter(address -> address.startsWith("http"))
                .distinct()
                .collect(Collectors.joining(","));
    }

    /// How a recording goes. Ours, not Kaltura's.
    ///
    /// @param status 2: it is written; 1: it is not, though the stream goes on
    /// @param split whether it goes on where another was ended for its length
    /// @param reason in words, with status 1
    @ApiAction(access = Access.INTERNAL)
    public LiveStreamEntry reportRecording(
            ApiCall call,
            String entryId,
            String recordingId,
            int status,
            @Default("false") boolean split,
            @Nullable String reason) {
        Entry entry = visible(call, entryId);
        recordings.report(entry, recordingId, status, split, reason);
        return view(call, visible(call, entryId));
    }

    /// A recorded file is complete. Said again with the same file, it changes nothing.
    ///
    /// @param resource a {@link ServerFileResource} whose path is the file's key in the blob store
    /// @param duration in seconds
    /// @param isLastChunk for Kaltura's clients
    /// @param recordingId the recorder's name of the recording; ours, not Kaltura's. Files of one
    ///   recording, and recordings of one broadcast, become one entry
    @ApiAction(access = Access.INTERNAL)
    public LiveStreamEntry appendRecording(
            ApiCall call,
            String entryId,
            @Nullable String assetId,
            @Nullable String mediaServerIndex,
            Resource resource,
            @Default("0") double duration,
            @Default("false") boolean isLastChunk,
            @Nullable String recordingId,
            @Default("false") boolean split) {
        Entry entry = visible(call, entryId);
        if (!(resource instanceof ServerFileResource file) || file.localFilePath == null) {
            throw ApiException.of(
                    "RESOURCE_TYPE_NOT_SUPPORTED",
                    "Resource type \"" + resource.objectType() + "\" is not supported",
                    "RESOURCE_TYPE",
                    resource.objectType());
        }
        recordings.append(entry, file.localFilePath, recordingId, split, duration);
        return view(call, visible(call, entryId));
    }

    private Entry visible(ApiCall call, String entryId) {
        Entry entry = entries.visible(call, entryId);
        if (entry.type() != EntryType.LIVE_STREAM) {
            throw ApiException.entryNotFound(entryId);
        }
        return entry;
    }

    /// Without a session anybody may ask whether a stream is live, and nothing more.
    private void anybodys(ApiCall call, String entryId) {
        if (call.ks() != null) {
            visible(call, entryId);
            return;
        }
        boolean there =
                entries.find(entryId)
                        .filter(Entry::isReady)
                        .filter(entry -> entry.type() == EntryType.LIVE_STREAM)
                        .isPresent();
        if (!there) {
            throw ApiException.entryNotFound(entryId);
        }
    }

    private static int index(String mediaServerIndex) {
        return mediaServerIndex.equals("1") ? 1 : 0;
    }

    private LiveStreamEntry view(ApiCall call, Entry entry) {
        return (LiveStreamEntry) views.of(call, entry);
    }
}
