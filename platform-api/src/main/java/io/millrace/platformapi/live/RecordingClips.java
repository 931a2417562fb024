package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.ContentIntake;
import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryChange;
import io.millrace.platformapi.entry.EntryRules;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.flavor.Conversion;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.ClipAttributes;
import io.millrace.platformapi.model.EntryResource;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.OperationResource;
import io.millrace.platformapi.model.Resource;
import io.millrace.platformapi.model.SourceType;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sql.Database;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Content that is a part of a recording, of a broadcast that still runs too: a job cuts it out of
/// what is recorded. Resources of other kinds are another's. Thread-safe.
public final class RecordingClips implements ContentIntake {
    private static final Logger log = LoggerFactory.getLogger(RecordingClips.class);

    /// A recorder that had trouble begins another file.
    private static final int MAX_FILES = 1000;

    private final ContentIntake others;
    private final Database database;
    private final EntryStore entries;
    private final LiveStore store;
    private final Conversion conversion;
    private final BlobStore blobs;

    public RecordingClips(
            ContentIntake others,
            Database database,
            EntryStore entries,
            LiveStore store,
            Conversion conversion,
            BlobStore blobs) {
        this.others = others;
        this.database = database;
        this.entries = entries;
        this.store = store;
        this.conversion = conversion;
        this.blobs = blobs;
    }

    @Override
    public boolean isTaken(Entry entry, Resource resource) {
        return !(resource instanceof OperationResource) && others.isTaken(entry, resource);
    }

    @Override
    public void accept(ApiCall call, Entry entry, Resource resource) {
        if (!(resource instanceof OperationResource operation)) {
            others.accept(call, entry, resource);
            return;
        }
        if (!(operation.resource instanceof EntryResource of)
                || of.entryId == null
                || operation.operationAttributes == null
                || operation.operationAttributes.size() != 1
                || !(operation.operationAttributes.getFirst() instanceof ClipAttributes clip)) {
            throw unsupported(resource);
        }
        long offsetMs = number(clip.offset, "offset");
        long durationMs = number(clip.duration, "duration");
        Entry source = entries.visible(call, of.entryId);
        EntryRules.requireEdit(call, source);
        Entry recorded = recordingOf(call, source);
        List<String> keys = new ArrayList<>();
        String growing = files(recorded, keys);
        if (keys.isEmpty() && growing == null) {
            throw ApiException.of(
                    "RESOURCE_NOT_FOUND",
                    "Nothing is recorded of entry \"" + source.id() + "\"",
                    "ENTRY_ID",
                    source.id());
        }
        database.useTransaction(
                handle -> {
                    Entry now = entries.visibleForChange(handle, call, entry.id());
                    if (now.status() != EntryStatus.NO_CONTENT) {
                        throw ApiException.of(
                                "ENTRY_ALREADY_WITH_CONTENT",
                                "Entry \"" + now.id() + "\" already has content",
                                "ENTRY_ID",
                                now.id());
                    }
                    Entry changed =
                            entries.save(
                                    handle,
                                    now.id(),
                                    new EntryChange()
                                            .set("source_type", SourceType.CLIP)
                                            .set("root_entry_id", source.id()));
                    conversion.clip(handle, changed, keys, growing, offsetMs, durationMs);
                });
        log.info(
                "entry {}: a clip of entry {} from {} ms, {} ms",
                entry.id(),
                source.id(),
                offsetMs,
                durationMs);
    }

    private static ApiException unsupported(Resource resource) {
        return ApiException.of(
                "RESOURCE_TYPE_NOT_SUPPORTED",
                "Resource type \""
                        + resource.objectType()
                        + "\" is supported as one clip of a live entry or of its recording",
                "RESOURCE_TYPE",
                resource.objectType());
    }

    private static long number(@Nullable Integer value, String field) {
        if (value != null && value < 0) {
            throw ApiException.invalidEnumValue(
                    Integer.toString(value), field, "KalturaClipAttributes");
        }
        return value == null ? 0 : value;
    }

    /// A live entry's is what it is, or was last, recorded into.
    private Entry recordingOf(ApiCall call, Entry source) {
        String recordedId =
                source.isLive()
                        ? store.find(source.id()).map(LiveRow::recordedEntryId).orElse(null)
                        : source.id();
        if (recordedId == null) {
            throw ApiException.of(
                    "RESOURCE_NOT_FOUND",
                    "Nothing is recorded of entry \"" + source.id() + "\"",
                    "ENTRY_ID",
                    source.id());
        }
        return entries.visible(call, recordedId);
    }

    /// In their order; also those that are being written, which nobody has handed over yet.
    ///
    /// @return the key of one behind them that may be growing on the node that records: in a bucket
    ///   nobody else sees it before its end
    private @Nullable String files(Entry recorded, List<String> keys) {
        String next = null;
        for (String folder : database.withHandle(h -> store.foldersOf(h, recorded.id()))) {
            for (int number = 1; number <= MAX_FILES; number++) {
                String key =
                        folder + (number == 1 ? "recording.mp4" : "recording-" + number + ".mp4");
                try {
                    if (!BlobKey.isValid(key)) {
                        break;
                    }
                    if (blobs.stat(BlobKey.of(key)).isEmpty()) {
                        next = blobs.localPath(BlobKey.of(key)).isEmpty() ? key : null;
                        break;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                keys.add(key);
            }
        }
        return next != null && isOnTheAir(next) ? next : null;
    }

    /// @param key `content/live/{live entry}/{recording}/{file}`
    private boolean isOnTheAir(String key) {
        return store.find(key.split("/", -1)[2])
                .map(row -> row.broadcastStart() != null)
                .orElse(false);
    }
}
