package io.millrace.storage.s3;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.model.CompletedPart;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/// One multipart upload: parts in any order by any thread, then complete or abort. Parts carry
/// their MD5, so a part torn on its way is refused by the server.
final class MultipartUpload {
    private static final Logger LOG = LoggerFactory.getLogger(MultipartUpload.class);

    private final S3Requests requests;
    private final String bucket;
    private final String objectKey;
    private final String id;
    private final List<CompletedPart> parts = new ArrayList<>();

    private MultipartUpload(S3Requests requests, String bucket, String objectKey, String id) {
        this.requests = requests;
        this.bucket = bucket;
        this.objectKey = objectKey;
        this.id = id;
    }

    static MultipartUpload begin(S3Requests requests, String bucket, String objectKey)
            throws IOException {
        String id =
                requests.run(
                        "begin-upload",
                        objectKey,
                        client ->
                                client.createMultipartUpload(b -> b.bucket(bucket).key(objectKey))
                                        .uploadId());
        return new MultipartUpload(requests, bucket, objectKey, id);
    }

    /// @param number from 1
    /// @param content opened anew for each attempt
    void part(int number, ContentStreamProvider content, long size) throws IOException {
        String md5 = md5(content);
        String etag =
                requests.write(
                        "put-part",
                        objectKey + " part " + number,
                        client ->
                                client.uploadPart(
                                                b ->
                                                        b.bucket(bucket)
                                                                .key(objectKey)
                                                                .uploadId(id)
                                                                .partNumber(number)
                                                                .contentMD5(md5),
                                                RequestBody.fromContentProvider(
                                                        content, size, "application/octet-stream"))
                                        .eTag());
        requests.sent(size);
        add(number, etag);
    }

    /// A part taken from another object of the bucket, inside the server.
    void copyPart(int number, String sourceKey, String sourceEtag, long start, long length)
            throws IOException {
        String etag =
                requests.write(
                        "copy-part",
                        objectKey + " part " + number,
                        client ->
                                client.uploadPartCopy(
                                                b ->
                                                        b.sourceBucket(bucket)
                                                                .sourceKey(sourceKey)
                                                                .copySourceIfMatch(sourceEtag)
                                                                .copySourceRange(
                                                                        "bytes="
                                                                                + start
                                                                                + "-"
                                                                                + (start + length
                                                                                        - 1))
                                                                .destinationBucket(bucket)
                                                                .destinationKey(objectKey)
                                                                .uploadId(id)
                                                                .partNumber(number))
                                        .copyPartResult()
                                        .eTag());
        add(number, etag);
    }

    private void add(int number, String etag) {
        synchronized (parts) {
            parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
    }

    void complete() throws IOException {
        List<CompletedPart> inOrder;
        synchronized (parts) {
            inOrder =
                    parts.stream()
                            .sorted(Comparator.comparingInt(CompletedPart::partNumber))
                            .toList();
        }
        requests.write(
                "complete-upload",
                objectKey,
                client ->
                        client.completeMultipartUpload(
                                b ->
                                        b.bucket(bucket)
                                                .key(objectKey)
                                                .uploadId(id)
                                                .multipartUpload(m -> m.parts(inOrder))));
    }

    /// Frees what the parts take; what this fails to free, the sweep of old uploads does.
    void abort() {
        try {
            requests.run(
                    "abort-upload",
                    objectKey,
                    client ->
                            client.abortMultipartUpload(
                                    b -> b.bucket(bucket).key(objectKey).uploadId(id)));
        } catch (IOException e) {
            LOG.warn("{}: its upload could not be aborted: {}", objectKey, e.toString());
        }
    }

    static String md5(ContentStreamProvider content) throws IOException {
        try (InputStream in = content.newStream()) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[64 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("MD5 is missing from this JDK", e);
        }
    }
}
