package io.millrace.liveingest.edge;

import io.millrace.liveingest.gate.NodeToken;
import io.millrace.liveingest.info.NodeViewers;
import io.millrace.liveingest.live.LiveElsewhere;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/// Asks other nodes for what they have of a stream, with a token of its own: so viewers with
/// different tokens want the same thing. Thread-safe; never blocks.
final class Origin implements AutoCloseable {
    private static final Duration TOKEN_LIFE = Duration.ofHours(2);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /// Of an origin that holds a blocking reload for three target durations.
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    private final @Nullable PathSigner signer;
    private final @Nullable PathSigner nodes;
    private final InstantSource clock;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();

    /// @param signer of links; null where they need no token
    /// @param nodes signs that a node asks; null: it only says so
    Origin(@Nullable PathSigner signer, @Nullable PathSigner nodes, InstantSource clock) {
        this.signer = signer;
        this.nodes = nodes;
        this.clock = clock;
    }

    /// @param path what of the entry is wanted: `/master.m3u8`
    /// @param query may be empty
    <T> CompletableFuture<HttpResponse<T>> ask(
            URI node,
            String entryId,
            String path,
            String query,
            HttpResponse.BodyHandler<T> handler) {
        return client.sendAsync(
                request(node, entryId, path, query).timeout(TIMEOUT).build(), handler);
    }

    /// Asks for what has no end: nothing bounds its time.
    ///
    /// @param path `.flv`, `_2.flv`
    <T> CompletableFuture<HttpResponse<T>> askEndless(
            URI node, String entryId, String path, HttpResponse.BodyHandler<T> handler) {
        return client.sendAsync(request(node, entryId, path, "").build(), handler);
    }

    /// Tells a node who watches its streams here: {@link NodeViewers}.
    ///
    /// @param nodes signs what only nodes may say
    CompletableFuture<HttpResponse<byte[]>> tell(
            URI node, PathSigner nodes, byte[] json, Duration timeout) {
        String token = nodes.sign(NodeViewers.SIGNED, expiry());
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create(node + "/live/" + NodeViewers.PATH))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(json))
                        .timeout(timeout)
                        .build(),
                HttpResponse.BodyHandlers.limiting(
                        HttpResponse.BodyHandlers.ofByteArray(), NodeViewers.MAX_BYTES));
    }

    private HttpRequest.Builder request(URI node, String entryId, String path, String query) {
        return HttpRequest.newBuilder(url(node, entryId, path, query))
                .header(
                        LiveElsewhere.ASKING_NODE,
                        nodes == null ? "1" : NodeToken.sign(nodes, entryId, expiry()))
                .GET();
    }

    private URI url(URI node, String entryId, String path, String query) {
        String token = "";
        if (signer != null) {
            token = "s/" + signer.sign(entryId + "/", expiry()) + "/";
        }
        return URI.create(
                node + "/live/" + token + entryId + path + (query.isEmpty() ? "" : "?" + query));
    }

    /// Whole hours, so that URLs are the same for a while.
    private Instant expiry() {
        long hours = clock.instant().plus(TOKEN_LIFE).getEpochSecond() / 3600 + 1;
        return Instant.ofEpochSecond(hours * 3600);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
