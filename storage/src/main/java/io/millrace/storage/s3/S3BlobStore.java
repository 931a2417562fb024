package io.millrace.storage.s3;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;
import io.millrace.storage.blob.LocalBlobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// Objects in a bucket. Thread-safe.
///
/// An object appears whole, by one PUT or by the completion of a multipart upload. Identity is the
/// ETag. What can't be on S3 lies in a local folder, the spool: work in progress, and growing
/// objects ({@link #append}) until they are closed; see {@link Spool}.
///
/// Calls block on the network, within {@link S3Settings#attemptTimeout} three times over.
public final class S3BlobStore implements BlobStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3BlobStore.class);

    /// Files up to so many parts are sent in one request.
    private static final int MAX_SINGLE_PUT_PARTS = 4;

    /// The largest object that S3 copies in one request.
    private static final long MAX_SINGLE_COPY = 5L << 30;

    private static final long COPY_PART_BYTES = 1L << 30;
    private static final int PARALLEL_PARTS = 4;

    /// No upload of ours takes longer.
    private static final Duration ABANDONED_UPLOAD = Duration.ofHours(24);

    private final S3Settings settings;
    private final S3Requests requests;
    private final LocalBlobStore local;
    private final Spool spool;
    private volatile boolean closed;

    /// @param spoolFolder on a local disk; needs room for what is being uploaded, transcoded and
    ///   recorded
    /// @throws IOException when the folder can't be used; the bucket is not asked
    public S3BlobStore(S3Settings settings, Path spoolFolder, MeterRegistry registry)
            throws IOException {
        this.settings = settings;
        local = new LocalBlobStore(spoolFolder, registry);
        requests = new S3Requests(settings, registry);
        spool = new Spool(this, local, registry);
    }

    @Override
    public BlobReader open(BlobKey key) throws IOException {
        Optional<BlobReader> growing = spool.open(key);
        if (growing.isPresent()) {
            return growing.get();
        }
        return openInBucket(key);
    }

    /// Opens what the bucket has, whatever the spool has.
    BlobReader openInBucket(BlobKey key) throws IOException {
        HeadObjectResponse head = head(key);
        return new S3BlobReader(
                requests, settings.bucket(), objectKey(key), head.eTag(), info(key, head));
    }

    @Override
    public Optional<BlobInfo> stat(BlobKey key) throws IOException {
        Optional<BlobInfo> growing = spool.stat(key);
        if (growing.isPresent()) {
            return growing;
        }
        try {
            return Optional.of(info(key, head(key)));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    private HeadObjectResponse head(BlobKey key) throws IOException {
        return requests.run(
                "head",
                key.value(),
                client -> client.headObject(b -> b.bucket(settings.bucket()).key(objectKey(key))));
    }

    private static BlobInfo info(BlobKey key, HeadObjectResponse head) {
        String etag = head.eTag().replace("\"", "");
        return new BlobInfo(
                key,
                head.contentLength(),
                head.lastModified(),
                etag + '-' + Long.toString(head.contentLength(), 36));
    }

    @Override
    public BlobWriter create(BlobKey key) {
        return new S3BlobWriter(this, key, settings.partBytes());
    }

    @Override
    public void publish(Path file, BlobKey key) throws IOException {
        upload(file, key);
        Files.deleteIfExists(file);
    }

    /// Copies a local file into the bucket.
    void upload(Path file, BlobKey key) throws IOException {
        long size = Files.size(file);
        if (size <= (long) MAX_SINGLE_PUT_PARTS * settings.partBytes()) {
            put(key, () -> range(file, 0, size), size);
            return;
        }
        long partBytes = Math.max(settings.partBytes(), Math.ceilDiv(size, S3Settings.MAX_PARTS));
        MultipartUpload upload = beginUpload(key);
        boolean done = false;
        try {
            inParallel(
                    Math.toIntExact(Math.ceilDiv(size, partBytes)),
                    number -> {
                        long start = (number - 1) * partBytes;
                        long length = Math.min(partBytes, size - start);
                        upload.part(number, () -> range(file, start, length), length);
                    });
            upload.complete();
            done = true;
        } finally {
            if (!done) {
                upload.abort();
            }
        }
    }

    private static FileRange range(Path file, long start, long length) {
        try {
            return new FileRange(file, start, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface PartUpload {
        void run(int number) throws IOException;
    }

    /// Runs numbers 1..count, some at a time; throws the first failure once all have ended.
    private static void inParallel(int count, PartUpload part) throws IOException {
        var places = new Semaphore(PARALLEL_PARTS);
        var running = new ArrayList<Future<?>>(count);
        IOException failure = null;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 1; n <= count; n++) {
                int number = n;
                places.acquireUninterruptibly();
                if (running.stream().anyMatch(f -> f.state() == Future.State.FAILED)) {
                    break;
                }
                running.add(
                        executor.submit(
                                () -> {
                                    try {
                                        part.run(number);
                                        return true;
                                    } finally {
                                        places.release();
                                    }
                                }));
            }
            for (Future<?> future : running) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause();
                    failure =
                            failure != null
                                    ? failure
                                    : cause instanceof IOException io ? io : new IOException(cause);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    failure = new java.io.InterruptedIOException("upload interrupted");
                    executor.shutdownNow();
                    break;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    void put(BlobKey key, ContentStreamProvider content, long size) throws IOException {
        String md5 = MultipartUpload.md5(content);
        requests.write(
                "put",
                key.value(),
                client ->
                        client.putObject(
                                b ->
                                        b.bucket(settings.bucket())
                                                .key(objectKey(key))
                                                .contentMD5(md5),
                                RequestBody.fromContentProvider(
                                        content, size, "application/octet-stream")));
        requests.sent(size);
    }

    MultipartUpload beginUpload(BlobKey key) throws IOException {
        return MultipartUpload.begin(requests, settings.bucket(), objectKey(key));
    }

    @Override
    public void move(BlobKey source, BlobKey target) throws IOException {
        HeadObjectResponse head = head(source);
        if (head.contentLength() <= MAX_SINGLE_COPY) {
            requests.write(
                    "copy",
                    source + " to " + target,
                    client ->
                            client.copyObject(
                                    b ->
                                            b.sourceBucket(settings.bucket())
                                                    .sourceKey(objectKey(source))
                                                    .copySourceIfMatch(head.eTag())
                                                    .destinationBucket(settings.bucket())
                                                    .destinationKey(objectKey(target))));
        } else {
            copyInParts(source, target, head);
        }
        delete(source);
    }

    private void copyInParts(BlobKey source, BlobKey target, HeadObjectResponse head)
            throws IOException {
        long size = head.contentLength();
        MultipartUpload upload = beginUpload(target);
        boolean done = false;
        try {
            inParallel(
                    Math.toIntExact(Math.ceilDiv(size, COPY_PART_BYTES)),
                    number -> {
                        long start = (number - 1) * COPY_PART_BYTES;
                        upload.copyPart(
                                number,
                                objectKey(source),
                                head.eTag(),
                                start,
                                Math.min(COPY_PART_BYTES, size - start));
                    });
            upload.complete();
            done = true;
        } finally {
            if (!done) {
                upload.abort();
            }
        }
    }

    /// The object grows in the local spool, where this node alone sees it, and is uploaded when it
    /// is closed. An object that is in the bucket already is fetched first.
    @Override
    public AppendBlob append(BlobKey key) throws IOException {
        return spool.append(key);
    }

    @Override
    public boolean delete(BlobKey key) throws IOException {
        boolean spooled = spool.delete(key);
        try {
            head(key);
        } catch (NoSuchFileException _) {
            return spooled;
        }
        requests.run(
                "delete",
                key.value(),
                client ->
                        client.deleteObject(b -> b.bucket(settings.bucket()).key(objectKey(key))));
        return true;
    }

    @Override
    public List<BlobKey> list(BlobKey prefix) throws IOException {
        var keys = new java.util.TreeSet<BlobKey>(spool.list(prefix));
        String start = objectKey(prefix) + "/";
        int cut = settings.prefix().isEmpty() ? 0 : settings.prefix().length() + 1;
        String token = null;
        do {
            String from = token;
            ListObjectsV2Response page =
                    requests.run(
                            "list",
                            prefix.value(),
                            client ->
                                    client.listObjectsV2(
                                            b ->
                                                    b.bucket(settings.bucket())
                                                            .prefix(start)
                                                            .continuationToken(from)));
            page.contents().stream()
                    .map(object -> object.key().substring(cut))
                    .filter(BlobKey::isValid)
                    .map(BlobKey::new)
                    .forEach(keys::add);
            token = Boolean.TRUE.equals(page.isTruncated()) ? page.nextContinuationToken() : null;
        } while (token != null);
        return List.copyOf(keys);
    }

    @Override
    public Optional<Path> localPath(BlobKey key) {
        return Optional.empty();
    }

    @Override
    public Path newStagingFolder(String purpose) throws IOException {
        return local.newStagingFolder(purpose);
    }

    /// Writes an object, reads it back and removes it.
    @Override
    public void checkWritable() throws IOException {
        local.checkWritable();
        BlobKey probe = BlobKey.of("write-check/" + UUID.randomUUID());
        byte[] content = probe.value().getBytes(StandardCharsets.UTF_8);
        put(probe, () -> new java.io.ByteArrayInputStream(content), content.length);
        try (BlobReader reader = open(probe)) {
            var back = java.nio.ByteBuffer.allocate(content.length);
            if (reader.read(back, 0) != content.length
                    || !java.util.Arrays.equals(back.array(), content)) {
                throw new IOException(settings + " does not give back what was written to it");
            }
        } finally {
            delete(probe);
        }
    }

    /// Frees what uploads of dead processes left in the bucket; for a start, in the background.
    ///
    /// @return how many there were
    public int abortAbandonedUploads() throws IOException {
        Instant limit = Instant.now().minus(ABANDONED_UPLOAD);
        ListMultipartUploadsResponse page =
                requests.run(
                        "list-uploads",
                        settings.bucket(),
                        client ->
                                client.listMultipartUploads(
                                        b -> {
                                            b.bucket(settings.bucket());
                                            if (!settings.prefix().isEmpty()) {
                                                b.prefix(settings.prefix() + "/");
                                            }
                                        }));
        int aborted = 0;
        for (var upload : page.uploads()) {
            if (upload.initiated() != null && upload.initiated().isBefore(limit)) {
                requests.run(
                        "abort-upload",
                        upload.key(),
                        client ->
                                client.abortMultipartUpload(
                                        b ->
                                                b.bucket(settings.bucket())
                                                        .key(upload.key())
                                                        .uploadId(upload.uploadId())));
                LOG.info("{}: aborted the upload of {}, left over", settings, upload.key());
                aborted++;
            }
        }
        return aborted;
    }

    public boolean isClosed() {
        return closed;
    }

    /// Whether the server does not answer, so that requests are refused at once.
    public boolean isHung() {
        return requests.isHung();
    }

    private String objectKey(BlobKey key) {
        return settings.prefix().isEmpty() ? key.value() : settings.prefix() + "/" + key;
    }

    @Override
    public void close() {
        closed = true;
        spool.close();
        local.close();
        requests.close();
    }

    @Override
    public String toString() {
        return "S3BlobStore[" + settings + "]";
    }
}
