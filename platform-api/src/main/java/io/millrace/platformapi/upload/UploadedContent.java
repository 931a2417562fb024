package io.millrace.platformapi.upload;

import io.millrace.platformapi.entry.ContentIntake;
import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryChange;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.entry.ObjectIds;
import io.millrace.platformapi.flavor.Conversion;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.Resource;
import io.millrace.platformapi.model.UploadTokenStatus;
import io.millrace.platformapi.model.UploadedFileTokenResource;
import io.millrace.platformapi.upload.Upload.StoredChunk;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;
import io.millrace.storage.sql.Database;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Hands full uploads over to their entries: pieces become the source's one object, the entry goes
/// into the making, the token closes.
///
/// Whichever comes last drives it: the last piece, or addContent. A hand-over that was cut off is
/// taken up by {@link #resumeStuck}; every step of it may be repeated. Thread-safe.
public final class UploadedContent implements ContentIntake {
    private static final Logger log = LoggerFactory.getLogger(UploadedContent.class);
    private static final long CLAIM_MS = 120_000;
    private static final long EXTEND_AFTER_BYTES = 1L << 30;
    private static final int BUFFER_BYTES = 1 << 20;

    private final Database database;
    private final UploadStore store;
    private final Uploads uploads;
    private final EntryStore entries;
    private final Conversion conversion;
    private final BlobStore blobs;

    public UploadedContent(
            Database database,
            UploadStore store,
            Uploads uploads,
            EntryStore entries,
            Conversion conversion,
            BlobStore blobs) {
        this.database = database;
        this.store = store;
        this.uploads = uploads;
        this.entries = entries;
        this.conversion = conversion;
        this.blobs = blobs;
    }

    @Override
    public void accept(ApiCall call, Entry entry, Resource resource) {
        if (!(resource instanceof UploadedFileTokenResource upload)) {
            throw ApiException.of(
                    "RESOURCE_TYPE_NOT_SUPPORTED",
                    "Resource type \"" + resource.objectType() + "\" is not supported",
                    "RESOURCE_TYPE",
                    resource.objectType());
        }
        String tokenId = upload.token == null ? "" : upload.token;
        uploads.visible(call, tokenId);
        database.useTransaction(
                handle -> {
                    Entry now = entries.visibleForChange(handle, call, entry.id());
                    Upload token = store.lock(handle, tokenId).orElseThrow();
                    if (token.status() > UploadTokenStatus.FULL_UPLOAD
                            || token.attachedEntryId() != null
                            || now.status() != EntryStatus.NO_CONTENT) {
                        throw ApiException.of(
                                "UPLOAD_TOKEN_INVALID_STATUS_FOR_ADD_ENTRY",
                                "Upload token \""
                                        + tokenId
                                        + "\" cannot become the content of an entry",
                                "UPLOAD_TOKEN_ID",
                                tokenId);
                    }
                    store.attach(handle, tokenId, now.id(), ObjectIds.next());
                    entries.save(
                            handle, now.id(), new EntryChange().set("status", EntryStatus.IMPORT));
                });
        handOver(tokenId);
    }

    @Override
    public boolean isTaken(Entry entry, Resource resource) {
        return resource instanceof UploadedFileTokenResource upload
                && upload.token != null
                && store.find(upload.token)
                        .filter(token -> entry.id().equals(token.attachedEntryId()))
                        .isPresent();
    }

    /// Does nothing unless the token is full and attached and nobody else is at it.
    void handOver(String tokenId) {
        if (!store.claimIngest(tokenId, CLAIM_MS)) {
            return;
        }
        Upload token = store.find(tokenId).orElseThrow();
        String entryId = token.attachedEntryId();
        String assetId = token.attachedAssetId();
        if (entryId == null || assetId == null) {
            return;
        }
        String extension = extension(token.fileName());
        String key = Conversion.sourceKey(token.partnerId(), entryId, assetId, extension);
        List<StoredChunk> chunks = store.chunks(tokenId);
        assemble(token, chunks, key);
        database.useTransaction(
                handle -> {
                    Entry entry = entries.lock(handle, entryId).orElseThrow();
                    if (entry.status() != EntryStatus.DELETED) {
                        conversion.start(
                                handle,
                                entry,
                                assetId,
                                key,
                                token.uploadedBytes(),
                                extension,
                                token.fileName() == null ? "" : token.fileName());
                    }
                    store.lock(handle, tokenId);
                    store.removeChunks(handle, tokenId);
                    store.become(handle, tokenId, UploadTokenStatus.CLOSED);
                });
        for (StoredChunk chunk : chunks) {
            try {
                blobs.delete(BlobKey.of(chunk.blobKey()));
            } catch (IOException e) {
                log.warn("upload {}: {} stays: {}", tokenId, chunk.blobKey(), e.toString());
            }
        }
        log.info("upload {}: became the source of entry {}", tokenId, entryId);
    }

    /// Takes up what a node left in the middle.
    public int resumeStuck() {
        List<String> stuck = store.stuck(20);
        for (String id : stuck) {
            log.warn("upload {}: full but not handed over, going on", id);
            handOver(id);
        }
        return stuck.size();
    }

    /// A single piece is renamed, several are copied one behind the other.
    private void assemble(Upload token, List<StoredChunk> chunks, String key) {
        BlobKey target = BlobKey.of(key);
        try {
            Optional<BlobInfo> done = blobs.stat(target);
            if (done.isPresent() && done.get().sizeBytes() == token.uploadedBytes()) {
                return;
            }
            if (chunks.size() == 1) {
                blobs.move(BlobKey.of(chunks.getFirst().blobKey()), target);
                return;
            }
            copy(token, chunks, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copy(Upload token, List<StoredChunk> chunks, BlobKey target) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long sinceExtended = 0;
        try (BlobWriter out = blobs.create(target)) {
            for (StoredChunk chunk : chunks) {
                try (BlobReader in = blobs.open(BlobKey.of(chunk.blobKey()))) {
                    long position = 0;
                    while (position < chunk.sizeBytes()) {
                        buffer.clear();
                        int read = in.read(buffer, position);
                        if (read < 0) {
                            throw new IOException(
                                    "chunk at "
                                            + chunk.offsetBytes()
                                            + " of upload "
                                            + token.id()
                                            + " ends at "
                                            + position);
                        }
                        out.write(buffer.flip());
                        position += read;
                        sinceExtended += read;
                        if (sinceExtended > EXTEND_AFTER_BYTES) {
                            store.extendIngest(token.id(), CLAIM_MS);
                            sinceExtended = 0;
                        }
                    }
                }
            }
            out.commit();
        }
    }

    private static String extension(@Nullable String fileName) {
        if (fileName != null) {
            String extension =
                    fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
            if (fileName.contains(".") && extension.matches("[a-z0-9]{1,8}")) {
                return extension;
            }
        }
        return "bin";
    }
}
