package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks a key service over HTTP: so many questions at a time, each answered whole within a time-out
/// and in bounded memory. Redirections are not followed. Thread-safe.
final class KeyServiceClient implements AutoCloseable {
    private static final int MAX_AT_ONCE = 32;
    private static final int MAX_ANSWER = 256 << 10;

    /// @param status below 500
    record Answer(int status, byte[] body) {}

    private final HttpClient client;
    private final Duration timeout;
    private final Semaphore questions = new Semaphore(MAX_AT_ONCE);

    KeyServiceClient(Duration timeout) {
        this.timeout = timeout;
        this.client =
                HttpClient.newBuilder()
                        .connectTimeout(timeout)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
    }

    HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri).timeout(timeout);
    }

    /// @param path names the question in messages
    Answer ask(HttpRequest request, String path) throws KeyServiceException {
        String service = request.uri().getHost();
        CompletableFuture<HttpResponse<byte[]>> asked = null;
        boolean counted = false;
        try {
            counted = questions.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!counted) {
                throw new TimeoutException("too many questions are waiting");
            }
            asked =
                    client.sendAsync(
                            request,
                            HttpResponse.BodyHandlers.limiting(
                                    HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER));
            HttpResponse<byte[]> response = asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() >= 500) {
                throw new KeyServiceException(
                        "the key service at "
                                + service
                                + " answered "
                                + response.statusCode()
                                + " for "
                                + path);
            }
            return new Answer(response.statusCode(), response.body());
        } catch (ExecutionException e) {
            throw KeyServiceException.unreachable(
                    "the key service at "
                            + service
                            + " cannot be reached for "
                            + path
                            + " ("
                            + reason(e.getCause())
                            + ")",
                    e);
        } catch (TimeoutException e) {
            throw KeyServiceException.unreachable(
                    "the key service at " + service + " did not answer in time for " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw KeyServiceException.unreachable("asking for the key of " + path + " ended", e);
        } finally {
            if (asked != null) {
                asked.cancel(true);
            }
            if (counted) {
                questions.release();
            }
        }
    }

    private static String reason(@Nullable Throwable cause) {
        return cause instanceof IOException ? cause.getClass().getSimpleName() : "failed";
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
