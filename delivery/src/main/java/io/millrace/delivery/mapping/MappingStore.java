package io.millrace.delivery.mapping;

import io.millrace.delivery.mapping.MediaPathException.Reason;
import io.millrace.storage.blob.BlobReader;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Where the JSON texts of mappings are kept. Thread-safe; all calls block.
public sealed interface MappingStore {
    /// The JSON behind a name.
    ///
    /// @param name relative path, decoded
    /// @throws NoSuchFileException when there is none
    /// @throws MediaPathException BAD_UPSTREAM when the server that keeps it fails, BAD_MAPPING
    ///   when it is longer than allowed
    byte[] load(String name) throws IOException, MediaPathException;

    /// Files of a folder: `{name}`, or where there is none `{name}.json`.
    record Files(MediaFiles folder, int maxBytes) implements MappingStore {
        @Override
        public byte[] load(String name) throws IOException, MediaPathException {
            try {
                return read(name);
            } catch (NoSuchFileException _) {
                return read(name + ".json");
            }
        }

        private byte[] read(String name) throws IOException, MediaPathException {
            try (BlobReader file = folder.open(name)) {
                if (file.info().sizeBytes() > maxBytes) {
                    throw tooLong(maxBytes);
                }
                ByteBuffer bytes = ByteBuffer.allocate((int) file.info().sizeBytes());
                while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
                    // Until it is full or the file ends.
                }
                return Arrays.copyOf(bytes.array(), bytes.position());
            }
        }
    }

    /// Replies of a server to GET of `{base}{name}`: 200 is the mapping, 404 and 410 are none, and
    /// all else is a failure.
    final class Upstream implements MappingStore {
        /// More at once wait, as long as a request may take.
        private static final int MAX_REQUESTS = 64;

        private final HttpClient client;
        private final URI base;
        private final Duration timeout;
        private final int maxBytes;
        private final Semaphore requests = new Semaphore(MAX_REQUESTS);

        /// @param client without redirects; its owner closes it
        /// @param base ends with `/`
        /// @param timeout of connecting and answering together
        public Upstream(HttpClient client, URI base, Duration timeout, int maxBytes) {
            if (!base.getPath().endsWith("/")) {
                throw new IllegalArgumentException("base: " + base + " (expected: …/)");
            }
            this.client = client;
            this.base = base;
            this.timeout = timeout;
            this.maxBytes = maxBytes;
        }

        @Override
        public byte[] load(String name) throws IOException, MediaPathException {
            try {
                if (!requests.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw failed("has too many requests to answer");
                }
                try {
                    return get(name);
                } finally {
                    requests.release();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }

        private byte[] get(String name)
                throws InterruptedException, NoSuchFileException, MediaPathException {
            HttpResponse<byte[]> reply;
            try {
                reply =
                        client.send(
                                HttpRequest.newBuilder(URI.create(base + EscapedPath.of(name)))
                                        .timeout(timeout)
                                        .header("Accept", "application/json")
                                        .build(),
                                HttpResponse.BodyHandlers.limiting(
                                        HttpResponse.BodyHandlers.ofByteArray(), maxBytes));
            } catch (IOException e) {
                throw failed(
                        e instanceof java.net.http.HttpTimeoutException
                                ? "did not answer within " + timeout.toMillis() + " ms"
                                : "cannot be reached or broke off");
            }
            return switch (reply.statusCode()) {
                case 200 -> reply.body();
                case 404, 410 -> throw new NoSuchFileException(name);
                default -> throw failed("answered " + reply.statusCode());
            };
        }

        private static MediaPathException failed(String what) {
            return new MediaPathException(
                    Reason.BAD_UPSTREAM, "The server that keeps the mappings " + what + ".");
        }
    }

    private static MediaPathException tooLong(int maxBytes) {
        return new MediaPathException(
                Reason.BAD_MAPPING, "The mapping is longer than " + maxBytes + " bytes.");
    }
}
