package io.millrace.storage.s3;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobReplacedException;
import io.millrace.storage.blob.StorageUnavailableException;

import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// One version of an object, named by its ETag, read by ranged GET. Thread-safe.
///
/// Every GET says `If-Match`, so a reader never mixes two versions: when the object was replaced it
/// throws {@link io.millrace.storage.blob.BlobReplacedException}.
final class S3BlobReader implements BlobReader {
    /// How often a range goes on after its connection broke in the middle of the bytes.
    private static final int MAX_CONTINUATIONS = 3;

    private static final int CHUNK = 64 << 10;

    private final S3Requests requests;
    private final String bucket;
    private final String objectKey;
    private final String etag;
    private final BlobInfo info;
    private volatile boolean closed;

    S3BlobReader(S3Requests requests, String bucket, String objectKey, String etag, BlobInfo info) {
        this.requests = requests;
        this.bucket = bucket;
        this.objectKey = objectKey;
        this.etag = etag;
        this.info = info;
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (position >= info.sizeBytes()) {
            return -1;
        }
        int wanted = (int) Math.min(target.remaining(), info.sizeBytes() - position);
        int limit = target.limit();
        int start = target.position();
        target.limit(start + wanted);
        try {
            for (int attempt = 1; target.hasRemaining(); attempt++) {
                long from = position + (target.position() - start);
                try {
                    requests.run(
                            "get",
                            info.key() + " at " + from,
                            client -> {
                                GetObjectRequest request =
                                        GetObjectRequest.builder()
                                                .bucket(bucket)
                                                .key(objectKey)
                                                .ifMatch(etag)
                                                .range(
                                                        "bytes="
                                                                + from
                                                                + "-"
                                                                + (from + target.remaining() - 1))
                                                .build();
                                copy(client.getObject(request), target, from);
                                return true;
                            });
                } catch (BrokenBodyException e) {
                    if (attempt == MAX_CONTINUATIONS) {
                        throw new StorageUnavailableException(
                                info.key() + ": S3 broke off " + attempt + " times", e);
                    }
                }
            }
            return wanted;
        } finally {
            target.limit(limit);
        }
    }

    private void copy(ResponseInputStream<GetObjectResponse> body, ByteBuffer target, long from)
            throws IOException {
        check(body, from);
        byte[] chunk = target.hasArray() ? null : new byte[Math.min(CHUNK, target.remaining())];
        int before = target.position();
        boolean whole = false;
        try {
            while (target.hasRemaining()) {
                int count =
                        chunk == null
                                ? body.read(
                                        target.array(),
                                        target.arrayOffset() + target.position(),
                                        target.remaining())
                                : body.read(chunk, 0, Math.min(chunk.length, target.remaining()));
                if (count < 0) {
                    throw new IOException("ends early");
                }
                if (chunk == null) {
                    target.position(target.position() + count);
                } else {
                    target.put(chunk, 0, count);
                }
            }
            whole = true;
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw new BrokenBodyException(e);
        } finally {
            requests.received(target.position() - before);
            if (whole) {
                body.close();
            } else {
                body.abort();
            }
        }
    }

    /// Not every server knows If-Match, and some look at it before they open the object.
    private void check(ResponseInputStream<GetObjectResponse> body, long from) throws IOException {
        GetObjectResponse response = body.response();
        String range = String.valueOf(response.contentRange());
        if (!etag.equals(response.eTag()) || !range.endsWith("/" + info.sizeBytes())) {
            body.abort();
            throw new BlobReplacedException(
                    info.key()
                            + " was replaced: S3 answered with "
                            + response.eTag()
                            + ", "
                            + range
                            + " (expected: "
                            + etag
                            + ", "
                            + info.sizeBytes()
                            + " bytes)");
        }
        if (!range.startsWith("bytes " + from + "-")) {
            body.abort();
            throw new StorageUnavailableException(
                    info.key()
                            + ": S3 answered with the range "
                            + range
                            + " (expected: from "
                            + from
                            + ")");
        }
    }

    @Override
    public Optional<FileChannel> channel() {
        return Optional.empty();
    }

    @Override
    public void close() {
        closed = true;
    }

    /// The connection ended inside an answer; what was read so far is good.
    private static final class BrokenBodyException extends IOException {
        private static final long serialVersionUID = 1L;

        BrokenBodyException(IOException cause) {
            super(cause);
        }
    }
}
