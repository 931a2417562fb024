package io.millrace.storage.s3;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobWriter;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Writes an object of a size not known yet: one PUT when it fits into a part, else a multipart
/// upload. Holds one part in memory. One thread at a time.
final class S3BlobWriter implements BlobWriter {
    private static final int FIRST_BYTES = 256 << 10;

    private final S3BlobStore store;
    private final BlobKey key;
    private final int partBytes;
    private byte[] part = new byte[FIRST_BYTES];
    private int filled;
    private int parts;
    private @Nullable MultipartUpload upload;
    private boolean failed;
    private boolean committed;

    S3BlobWriter(S3BlobStore store, BlobKey key, int partBytes) {
        this.store = store;
        this.key = key;
        this.partBytes = partBytes;
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            if (filled == partBytes) {
                flush();
            }
            if (filled == part.length) {
                part = Arrays.copyOf(part, (int) Math.min(partBytes, 2L * part.length));
            }
            int take = Math.min(source.remaining(), part.length - filled);
            source.get(part, filled, take);
            filled += take;
        }
    }

    private void flush() throws IOException {
        failed = true;
        if (parts == S3Settings.MAX_PARTS) {
            throw new IOException(
                    key
                            + ": larger than "
                            + S3Settings.MAX_PARTS
                            + " parts of "
                            + partBytes
                            + " bytes, the most that S3 takes");
        }
        if (upload == null) {
            upload = store.beginUpload(key);
        }
        int size = filled;
        byte[] bytes = part;
        upload.part(++parts, () -> new ByteArrayInputStream(bytes, 0, size), size);
        filled = 0;
        failed = false;
    }

    @Override
    public void commit() throws IOException {
        if (failed || committed) {
            throw new IllegalStateException(
                    key + (failed ? ": a write failed before" : ": committed already"));
        }
        if (upload == null) {
            int size = filled;
            failed = true;
            store.put(key, () -> new ByteArrayInputStream(part, 0, size), size);
        } else {
            if (filled > 0) {
                flush();
            }
            failed = true;
            upload.complete();
        }
        failed = false;
        committed = true;
    }

    @Override
    public void close() {
        if (!committed && upload != null) {
            upload.abort();
            upload = null;
            failed = true;
        }
    }
}
