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
import io.millrace.platformapi.model.RecordStatus;
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

/// Makes entries of recordings. What one broadcast records is one entry, however many files it has:
/// a publisher that came back, to another node maybe, or storage that was full in between. The
/// first file is the entry's source where it lies, as soon as it is complete; when more come they
/// are joined. A file counts once, however often it is handed over. Thread-safe.
final class Recordings {
    private static final Logger log = LoggerFactory.getLogger(Recordings.class);

    /// Values of `recordingStatus`.
    static final int STOPPED = 0;

    static final int PAUSED = 1;

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

    /// How a recording goes; decides which entry it goes into when it is new.
    void report(
            Entry liveEntry,
            String recordingId,
            int status,
            boolean split,
            @Nullable String reason) {
        database.useTransaction(
                handle -> {
                    Entry live = entries.lock(handle, liveEntry.id()).orElseThrow();
                    entryOf(handle, live, recordingId, split);
                    store.recordingIs(
                            handle,
                            live.id(),
                            status,
                            reason == null || reason.length() <= 1000
                                    ? reason
                                    : reason.substring(0, 1000));
                });
        if (status == PAUSED) {
            log.warn("live entry {}: recording stands still: {}", liveEntry.id(), reason);
        }
    }

    private Entry entryOf(Handle handle, Entry live, @Nullable String recordingId, boolean split) {
        LiveRow row =
                store.find(handle, live.id())
                        .orElseThrow(() -> ApiException.entryNotFound(live.id()));
        if (recordingId == null) {
            return prepare(handle, live, row, false);
        }
        Optional<Entry> decided =
                store.entryOf(handle, live.id(), recordingId)
                        .flatMap(id -> entries.lock(handle, id))
                        .filter(entry -> entry.status() != EntryStatus.DELETED);
        if (decided.isPresent()) {
            return decided.get();
        }
        boolean goesOn = !split && store.isSessionOpen(handle, live.id());
        Entry entry = prepare(handle, live, row, goesOn);
        store.goesInto(handle, recordingId, live.id(), entry.id());
        return entry;
    }

    /// The entry for what is recorded next: the last one where all is appended to it, or where the
    /// broadcast goes on; one that still waits for its first recording; or a new one.
    ///
    /// @param goesOn whether the broadcast is the one that the last entry is of
    Entry prepare(Handle handle, Entry liveEntry, LiveRow live, boolean goesOn) {
        String current = live.recordedEntryId();
        if (current != null) {
            boolean same = goesOn || live.recordStatus() == RecordStatus.APPENDED;
            Optional<Entry> fitting =
                    entries.lock(handle, current)
                            .filter(
                                    entry ->
                                            same
                                                    ? entry.status() != EntryStatus.DELETED
                                                    : entry.status() == EntryStatus.NO_CONTENT
                                                            && !store.hasRecording(
                                                                    handle, current));
            if (fitting.isPresent()) {
                return fitting.get();
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
    void append(
            Entry liveEntry,
            String key,
            @Nullable String recordingId,
            boolean split,
            double durationSeconds) {
        long sizeBytes = size(key);
        database.useTransaction(
                handle -> {
                    Entry live = entries.lock(handle, liveEntry.id()).orElseThrow();
                    if (store.recordedAs(handle, key).isPresent()) {
                        return;
                    }
                    Entry recorded = entryOf(handle, live, recordingId, split);
                    boolean first = store.filesOf(handle, recorded.id()).isEmpty();
                    String assetId = ObjectIds.next();
                    store.addRecording(
                            handle,
                            key,
                            recordingId,
                            live.id(),
                            recorded.id(),
                            assetId,
                            (long) (durationSeconds * 1000));
                    if (first) {
                        conversion.start(
                                handle, recorded, assetId, key, sizeBytes, extension(key), "");
                    } else {
                        conversion.join(handle, recorded, store.filesOf(handle, recorded.id()));
                    }
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
