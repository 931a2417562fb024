package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

class RecordingHandlerTest {
    private static final String KEY = "content/live/cam/r1/recording.mp4";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PathSigner signer = signer((byte) 1);
    private final EventLoops loops = EventLoops.start(1);
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir Path folder;
    private LocalBlobStore blobs;
    private HttpServer server;

    private static PathSigner signer(byte secret) {
        byte[] key = new byte[32];
        key[0] = secret;
        return new PathSigner(new LinkedHashMap<>(Map.of("k", key)));
    }

    @BeforeEach
    void start() throws Exception {
        blobs = new LocalBlobStore(folder, meters);
        server =
                new HttpServer(
                                HttpServerOptions.of("http", "127.0.0.1", 0),
                                new HttpRouter()
                                        .add(
                                                "/live/",
                                                "live",
                                                new RecordingHandler(
                                                        blobs, signer, Clock.systemUTC(), meters)),
                                loops)
                        .start();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        loops.close();
        blobs.close();
    }

    private HttpResponse<String> get(String key, @Nullable String authorization, String range)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                        URI.create(
                                "http://127.0.0.1:"
                                        + server.localPort()
                                        + "/live/"
                                        + RecordingHandler.PATH
                                        + "?key="
                                        + key));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (!range.isEmpty()) {
            request.header("Range", range);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String bearer(PathSigner signer, String prefix, long seconds) {
        return "Bearer " + signer.sign(prefix, Instant.now().plusSeconds(seconds));
    }

    private String good() {
        return bearer(signer, RecordingHandler.SIGNED, 60);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whatGrowsIsGivenAsFarAsItIsThere() throws Exception {
        try (AppendBlob recording = blobs.append(BlobKey.of(KEY))) {
            recording.append(bytes("0123456789"));
            HttpResponse<String> first = get(KEY, good(), "bytes=0-3");
            assertThat(first.statusCode()).isEqualTo(206);
            assertThat(first.body()).isEqualTo("0123");
            assertThat(first.headers().firstValue("Content-Range")).hasValue("bytes 0-3/10");
            assertThat(first.headers().firstValue("Cache-Control")).hasValue("no-store");
            recording.append(bytes("abcdef"));
            HttpResponse<String> rest = get(KEY, good(), "bytes=4-100");
            assertThat(rest.body()).isEqualTo("456789abcdef");
            assertThat(get(KEY, good(), "").body()).hasSize(16);
        }
    }

    @Test
    void onlyNodesReadAndOnlyRecordings() throws Exception {
        try (AppendBlob secret = blobs.append(BlobKey.of("content/entry/1/secret.mp4"));
                AppendBlob recording = blobs.append(BlobKey.of(KEY))) {
            secret.append(bytes("secret"));
            recording.append(bytes("recorded"));
        }
        assertThat(get(KEY, null, "").statusCode()).isEqualTo(401);
        assertThat(get(KEY, bearer(signer, RecordingHandler.SIGNED, -60), "").statusCode())
                .isEqualTo(403);
        assertThat(get(KEY, bearer(signer((byte) 2), RecordingHandler.SIGNED, 60), "").statusCode())
                .isEqualTo(403);
        // A viewer's of this very stream.
        assertThat(get(KEY, bearer(signer, "cam/", 60), "").statusCode()).isEqualTo(403);
        assertThat(get("content/entry/1/secret.mp4", good(), "").statusCode()).isEqualTo(404);
        assertThat(get("content/live/../entry/1/secret.mp4", good(), "").statusCode())
                .isEqualTo(404);
        assertThat(get("content/live/cam/r2/recording.mp4", good(), "").statusCode())
                .isEqualTo(404);
        assertThat(get(KEY, good(), "").body()).isEqualTo("recorded");
        assertThat(meters.counter("millrace.live.recording.reads", "outcome", "refused").count())
                .isEqualTo(4);
    }
}
