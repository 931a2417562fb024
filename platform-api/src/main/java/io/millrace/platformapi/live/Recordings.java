package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryChange;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.ObjectIds;
import io.millrace.platformapi.flavor.Conversion;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.EntryType;
import io.millrace.platformapi.model.MediaType;
import io.millrace.platformapi.model.SourceType;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/// Makes entries of recordings. Each recorded file becomes one entry, once, however often it is
/// handed over; the file stays where the recorder wrote it and is the entry's source. Thread-safe.
final class Recordings {
    private static final Logger log = LoggerFactory.getLogger(Recordings.class);

    private final Database database;
    private final EntryStore entries;
    private final LiveStore store;
    private final Conversion conversion;
    private final BlobStore blobs;

    Recordings(
            Database database,
            EntryStore entries,
            LiveStore store,
            Conversion conversion,
            BlobStore blobs) {
        this.database = database;
        this.entries = entries;
        this.store = store;
        this.conversion = conversion;
        this.blobs = blobs;
    }

    /// The entry that the running session is recorded into: the one that waits for content, or a
    /// new one.
    Entry prepare(Handle handle, Entry liveEntry, LiveRow live) {
        String current = live.recordedEntryId();
        if (current != null) {
            Optional<Entry> waiting =
                    entries.lock(handle, current)
                            .filter(entry -> entry.status() == EntryStatus.NO_CONTENT);
            if (waiting.isPresent()) {
                return waiting.get();
            }
        }
        Entry recorded =
                entries.add(
                        handle,
                        new EntryChange()
                                .set("partner_id", liveEntry.partnerId())
                                .set("type", EntryType.MEDIA_CLIP)
                                .set("media_type", MediaType.VIDEO)
                                .set("source_type", SourceType.KALTURA_RECORDED_LIVE)
                                .set("status", EntryStatus.NO_CONTENT)
                                .set("name", name(liveEntry, live.recordings() + 1))
                                .set("description", liveEntry.description())
                                .set("tags", liveEntry.tags())
                                .set("admin_tags", liveEntry.adminTags())
                                .set("user_id", liveEntry.userId())
                                .set("creator_id", liveEntry.creatorId())
                                .set("access_control_id", liveEntry.accessControlId())
                                .set("root_entry_id", liveEntry.id()));
        store.recordedInto(handle, liveEntry.id(), recorded.id(), true);
        log.info("live entry {}: is recorded into entry {}", liveEntry.id(), recorded.id());
        return recorded;
    }

    /// Gives a recorded file its entry and starts the work on it. It also comes when nobody ever
    /// registered: recovery after a crash hands over what it found.
    void append(Entry liveEntry, String key, @Nullable String recordingId, double durationSeconds) {
        long sizeBytes = size(key);
        database.useTransaction(
                handle -> {
                    Entry live = entries.lock(handle, liveEntry.id()).orElseThrow();
                    if (store.recordedAs(handle, key).isPresent()) {
                        return;
                    }
                    LiveRow row =
                            store.find(handle, live.id())
                                    .orElseThrow(() -> ApiException.entryNotFound(live.id()));
                    Entry recorded = prepare(handle, live, row);
                    String assetId = ObjectIds.next();
                    store.addRecording(
                            handle,
                            key,
                            recordingId,
                            live.id(),
                            recorded.id(),
                            assetId,
                            (long) (durationSeconds * 1000));
                    conversion.start(handle, recorded, assetId, key, sizeBytes, extension(key), "");
                    entries.save(
                            handle,
                            live.id(),
                            new EntryChange().set("redirect_entry_id", recorded.id()));
                    log.info(
                            "live entry {}: {} of {} s became entry {}",
                            live.id(),
                            key,
                            durationSeconds,
                            recorded.id());
                });
    }

    /// A browser's recording that cannot be packaged is handed over as it came.
    private static String extension(String key) {
        return key.endsWith(".webm") ? "webm" : "mp4";
    }

    private long size(String key) {
        try {
            Optional<BlobInfo> info =
                    BlobKey.isValid(key) && key.startsWith("content/live/")
                            ? blobs.stat(BlobKey.of(key))
                            : Optional.empty();
            return info.orElseThrow(
                            () ->
                                    ApiException.of(
                                            "RESOURCE_NOT_FOUND",
                                            "There is no recording under \"" + key + "\"",
                                            "KEY",
                                            key))
                    .sizeBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Entry liveEntry, int number) {
        String name = liveEntry.name() + " " + number;
        return name.substring(Math.max(0, name.length() - 500));
    }
}
