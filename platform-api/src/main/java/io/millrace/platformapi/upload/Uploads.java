package io.millrace.platformapi.upload;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.UploadedFile;
import io.millrace.platformapi.model.UploadTokenStatus;
import io.millrace.platformapi.upload.Upload.StoredChunk;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Receives uploads piece by piece.
///
/// The server owns the offset: it knows which bytes it has, each piece is stored durably before its
/// row says so, and a piece that does not fit (overlaps what is there, or passes the announced end)
/// changes nothing. Pieces may come in any order and at once (kaltura-v3 c.5); a token is full when
/// they tile the file from 0 to the end of the final one. Repeating a call is harmless.
/// Thread-safe; blocks on storage.
public final class Uploads {
    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final int MAX_CHUNKS = 1000;

    /// How long the answer to a final chunk waits for pieces that are still on their way.
    private static final long FINAL_WAIT_MS = 45_000;

    private static final long POLL_MS = 100;

    private final Database database;
    private final UploadStore store;
    private final BlobStore blobs;
    private final Counter receivedBytes;

    public Uploads(Database database, UploadStore store, BlobStore blobs, MeterRegistry meters) {
        this.database = database;
        this.store = store;
        this.blobs = blobs;
        this.receivedBytes =
                Counter.builder("millrace.upload.received")
                        .baseUnit("bytes")
                        .description("Bytes of uploads stored")
                        .register(meters);
    }

    /// The caller's own upload, or any of the partner for an admin.
    ///
    /// @throws ApiException UPLOAD_TOKEN_NOT_FOUND
    Upload visible(ApiCall call, String id) {
        return store.find(id)
                .filter(
                        token ->
                                token.partnerId() == call.partnerId()
                                        && (call.isAdmin()
                                                || call.userId().equalsIgnoreCase(token.userId())))
                .orElseThrow(() -> ApiException.uploadTokenNotFound(id));
    }

    /// One piece.
    ///
    /// @param resumeAt where it belongs; negative: after what is there
    /// @return the token as it is afterwards
    Upload receive(
            Upload token, UploadedFile file, boolean resume, boolean finalChunk, long resumeAt) {
        if (isRepetition(token, file, resume, finalChunk, resumeAt)) {
            return token;
        }
        requireOpen(token);
        var piece = new Piece(file, resume, finalChunk, resumeAt, chunkKey(token));
        if (file.sizeBytes() > 0) {
            publish(file, piece.key);
        }
        var superseded = new ArrayList<StoredChunk>();
        boolean kept = false;
        Upload after;
        try {
            kept = database.inTransaction(handle -> add(handle, token.id(), piece, superseded));
            after = store.find(token.id()).orElseThrow();
        } finally {
            if (!kept && file.sizeBytes() > 0) {
                delete(piece.key);
            }
        }
        for (StoredChunk chunk : superseded) {
            delete(chunk.blobKey());
        }
        if (kept) {
            receivedBytes.increment(file.sizeBytes());
        }
        if (finalChunk && after.status() == UploadTokenStatus.PARTIAL_UPLOAD) {
            after = awaitRest(after);
        }
        if (after.status() == UploadTokenStatus.FULL_UPLOAD) {
            log.info("upload {}: full, {} bytes", after.id(), after.uploadedBytes());
        }
        return after;
    }

    private record Piece(
            UploadedFile file, boolean resume, boolean finalChunk, long resumeAt, String key) {}

    /// @return whether the piece is part of the upload now; false when it was there already
    private boolean add(Handle handle, String tokenId, Piece piece, List<StoredChunk> superseded) {
        superseded.clear();
        Upload token = store.lock(handle, tokenId).orElseThrow();
        requireOpen(token);
        List<StoredChunk> present = store.chunks(handle, tokenId);
        Long finalBytes = token.finalBytes();
        if (!piece.resume && !present.isEmpty()) {
            superseded.addAll(present);
            store.removeChunks(handle, tokenId);
            present = List.of();
            finalBytes = null;
        }
        long offset = !piece.resume ? 0 : piece.resumeAt < 0 ? contiguous(present) : piece.resumeAt;
        long size = piece.file.sizeBytes();
        long end = offset + size;
        boolean there = isThere(present, offset, size);
        if (!there) {
            requireFit(token, present, offset, end, finalBytes);
            if (size > 0) {
                var chunk = new StoredChunk(tokenId, offset, size, piece.key);
                store.addChunk(handle, chunk);
                var all = new ArrayList<>(present);
                all.add(chunk);
                all.sort((a, b) -> Long.compare(a.offsetBytes(), b.offsetBytes()));
                present = all;
            }
        }
        long uploaded = contiguous(present);
        Long announced = token.fileSize();
        if (piece.finalChunk
                || (token.autoFinalize() && announced != null && uploaded == announced)) {
            finalBytes = piece.finalChunk ? end : uploaded;
            requireWhole(token, finalBytes);
        }
        boolean full = finalBytes != null && uploaded == finalBytes;
        store.progress(
                handle,
                tokenId,
                full ? UploadTokenStatus.FULL_UPLOAD : UploadTokenStatus.PARTIAL_UPLOAD,
                uploaded,
                finalBytes,
                piece.file.fileName().isEmpty() ? null : cut(piece.file.fileName()));
        return !there && size > 0;
    }

    private static void requireOpen(Upload token) {
        if (token.status() != UploadTokenStatus.PENDING
                && token.status() != UploadTokenStatus.PARTIAL_UPLOAD) {
            throw ApiException.of(
                    "UPLOAD_TOKEN_INVALID_STATUS_FOR_UPLOAD",
                    "Upload token \""
                            + token.id()
                            + "\" is in status "
                            + token.status()
                            + " and takes no more bytes");
        }
    }

    private static void requireFit(
            Upload token,
            List<StoredChunk> present,
            long offset,
            long end,
            @Nullable Long finalBytes) {
        for (StoredChunk chunk : present) {
            if (offset < chunk.end() && chunk.offsetBytes() < end) {
                throw cannotResume(token, offset, present);
            }
        }
        if (finalBytes != null && end > finalBytes) {
            throw cannotResume(token, offset, present);
        }
        if (token.fileSize() != null && token.fileSize() > 0 && end > token.fileSize()) {
            throw cannotMatch(token, end);
        }
        if (present.size() >= MAX_CHUNKS) {
            throw ApiException.of(
                    "MAX_ALLOWED_CHUNK_COUNT_EXCEEDED",
                    "An upload may have at most " + MAX_CHUNKS + " chunks");
        }
    }

    private static ApiException cannotResume(Upload token, long offset, List<StoredChunk> present) {
        return ApiException.of(
                "UPLOAD_TOKEN_CANNOT_RESUME",
                "Upload token \""
                        + token.id()
                        + "\" cannot go on at "
                        + offset
                        + ": it has "
                        + contiguous(present)
                        + " bytes",
                "UPLOAD_TOKEN_ID",
                token.id());
    }

    private static ApiException cannotMatch(Upload token, long bytes) {
        return ApiException.of(
                "UPLOAD_TOKEN_CANNOT_MATCH_EXPECTED_SIZE",
                "Upload token \""
                        + token.id()
                        + "\" was announced with "
                        + token.fileSize()
                        + " bytes and would have "
                        + bytes,
                "UPLOAD_TOKEN_ID",
                token.id());
    }

    private static void requireWhole(Upload token, long finalBytes) {
        if (finalBytes == 0) {
            throw ApiException.of("UPLOAD_ERROR", "The uploaded file is empty");
        }
        if (token.fileSize() != null && token.fileSize() > 0 && token.fileSize() != finalBytes) {
            throw cannotMatch(token, finalBytes);
        }
    }

    /// The finishing call once more, after its answer got lost.
    private static boolean isRepetition(
            Upload token, UploadedFile file, boolean resume, boolean finalChunk, long resumeAt) {
        if (token.status() != UploadTokenStatus.FULL_UPLOAD
                && token.status() != UploadTokenStatus.CLOSED) {
            return false;
        }
        Long finalBytes = token.finalBytes();
        if (!finalChunk || finalBytes == null) {
            return false;
        }
        long end = (resume ? resumeAt : 0) + file.sizeBytes();
        return (resume && resumeAt < 0) ? file.sizeBytes() <= finalBytes : end == finalBytes;
    }

    private static boolean isThere(List<StoredChunk> present, long offset, long size) {
        for (StoredChunk chunk : present) {
            if (chunk.offsetBytes() == offset && chunk.sizeBytes() == size) {
                return true;
            }
        }
        return false;
    }

    private static long contiguous(List<StoredChunk> present) {
        long end = 0;
        for (StoredChunk chunk : present) {
            if (chunk.offsetBytes() != end) {
                break;
            }
            end = chunk.end();
        }
        return end;
    }

    private Upload awaitRest(Upload token) {
        long deadline = System.nanoTime() + FINAL_WAIT_MS * 1_000_000;
        Upload now = token;
        while (now.status() == UploadTokenStatus.PARTIAL_UPLOAD && System.nanoTime() < deadline) {
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return now;
            }
            now = store.find(token.id()).orElse(now);
        }
        return now;
    }

    void delete(Upload token) {
        var gone = new ArrayList<StoredChunk>();
        database.useTransaction(
                handle -> {
                    gone.clear();
                    Upload now = store.lock(handle, token.id()).orElseThrow();
                    if (now.status() > UploadTokenStatus.FULL_UPLOAD) {
                        throw ApiException.uploadTokenNotFound(token.id());
                    }
                    gone.addAll(store.chunks(handle, token.id()));
                    store.removeChunks(handle, token.id());
                    store.become(handle, token.id(), UploadTokenStatus.DELETED);
                });
        gone.forEach(chunk -> delete(chunk.blobKey()));
    }

    /// Gives up on uploads that nobody has gone on with.
    ///
    /// @param before Unix seconds
    int timeOut(long before) {
        int count = 0;
        for (String id : store.stale(before, 100)) {
            List<StoredChunk> chunks = store.chunks(id);
            database.useTransaction(
                    handle -> {
                        store.lock(handle, id);
                        store.removeChunks(handle, id);
                        store.become(handle, id, UploadTokenStatus.TIMED_OUT);
                    });
            chunks.forEach(chunk -> delete(chunk.blobKey()));
            log.info("upload {}: timed out", id);
            count++;
        }
        return count;
    }

    private void publish(UploadedFile file, String key) {
        try {
            blobs.publish(file.path(), BlobKey.of(key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(String key) {
        try {
            blobs.delete(BlobKey.of(key));
        } catch (IOException e) {
            log.warn("upload: {} stays: {}", key, e.toString());
        }
    }

    private static String chunkKey(Upload token) {
        return "content/upload/" + token.id() + "/" + UUID.randomUUID();
    }

    private static String cut(String name) {
        return name.length() <= 256 ? name : name.substring(name.length() - 256);
    }
}
