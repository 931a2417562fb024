package io.millrace.mediaserver.role;

import io.millrace.batch.worker.SourcesElsewhere;
import io.millrace.liveingest.edge.StreamLocator;
import io.millrace.liveingest.record.RecordingHandler;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// Recordings that grow on other nodes, read from the node that has the stream ({@link
/// RecordingHandler}): a range after the other, as far as the file went when the first was asked
/// for. Nothing is left anywhere but the copy. Thread-safe.
final class RecordingsOfNodes implements SourcesElsewhere, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RecordingsOfNodes.class);

    /// What is held in memory of it at a time.
    private static final int RANGE_BYTES = 4 << 20;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LOCATE_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration RANGE_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration TOKEN_LIFE = Duration.ofMinutes(10);

    private final StreamLocator locator;
    private final PathSigner signer;
    private final InstantSource clock;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();

    /// @param signer of the installation's keys
    RecordingsOfNodes(StreamLocator locator, PathSigner signer, InstantSource clock) {
        this.locator = locator;
        this.signer = signer;
        this.clock = clock;
    }

    @Override
    public boolean copy(BlobKey key, Path into, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        String entryId = entryOf(key);
        if (entryId == null) {
            return false;
        }
        List<URI> nodes = within(locator.locate(entryId).toCompletableFuture(), LOCATE_TIMEOUT);
        IOException trouble = null;
        for (URI node : nodes) {
            try {
                if (copy(node, key, into, cancelled)) {
                    return true;
                }
            } catch (IOException e) {
                log.info("recording {} cannot be read from {}: {}", key, node, e.toString());
                trouble = e;
            }
            Files.deleteIfExists(into);
        }
        if (trouble != null) {
            throw trouble;
        }
        return false;
    }

    /// `content/live/{entry}/{recording}/{file}`; null when it is none.
    private static @Nullable String entryOf(BlobKey key) {
        String[] names = key.value().split("/", -1);
        return names.length == 5 && names[0].equals("content") && names[1].equals("live")
                ? names[2]
                : null;
    }

    private boolean copy(URI node, BlobKey key, Path into, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        long at = 0;
        long end = 1;
        try (FileChannel out =
                FileChannel.open(into, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (at < end) {
                if (cancelled.getAsBoolean()) {
                    throw new InterruptedIOException("cancelled");
                }
                HttpResponse<byte[]> response =
                        range(node, key, at, at == 0 ? Long.MAX_VALUE : end);
                if (at == 0 && (response.statusCode() == 404 || response.statusCode() == 416)) {
                    return false; // not there, or empty
                }
                if (response.statusCode() != 206 || response.body().length == 0) {
                    throw new IOException("answer " + response.statusCode() + " at " + at);
                }
                if (at == 0) {
                    end = sizeOf(response);
                }
                ByteBuffer body = ByteBuffer.wrap(response.body());
                at += body.remaining();
                while (body.hasRemaining()) {
                    out.write(body);
                }
            }
        }
        log.info("recording {}: {} bytes so far, read from {}", key, at, node);
        return true;
    }

    private HttpResponse<byte[]> range(URI node, BlobKey key, long from, long end)
            throws IOException, InterruptedException {
        long last = Math.min(end, from + RANGE_BYTES) - 1;
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        node
                                                + "/live/"
                                                + RecordingHandler.PATH
                                                + "?key="
                                                + URLEncoder.encode(
                                                        key.value(), StandardCharsets.UTF_8)))
                        .header(
                                "Authorization",
                                "Bearer "
                                        + signer.sign(
                                                RecordingHandler.SIGNED,
                                                clock.instant().plus(TOKEN_LIFE)))
                        .header("Range", "bytes=" + from + "-" + last)
                        .timeout(RANGE_TIMEOUT)
                        .build();
        // The request's own limit ends with the answer's head.
        return within(
                client.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), RANGE_BYTES)),
                RANGE_TIMEOUT);
    }

    private static long sizeOf(HttpResponse<byte[]> response) throws IOException {
        String range = response.headers().firstValue("Content-Range").orElse("");
        try {
            return Long.parseLong(range.substring(range.lastIndexOf('/') + 1));
        } catch (NumberFormatException e) {
            throw new IOException("Content-Range: " + range, e);
        }
    }

    private static <T> T within(CompletableFuture<T> future, Duration limit)
            throws IOException, InterruptedException {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new IOException("no answer within " + limit.toSeconds() + " s", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
