package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.drm.HttpKeyService;
import io.millrace.delivery.drm.KeyFile;
import io.millrace.delivery.drm.KeyProvider;
import io.millrace.delivery.drm.SchemeChoice;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.delivery.thumbnail.ThumbnailOptions;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/// Encrypted media over HTTP.
class EncryptedRoutesTest {
    private static final String KEYS =
            """
            {"keys": [
              {"path": "aes/", "key": "00112233445566778899aabbccddeeff", "scheme": "aes-128"},
              {"path": "cenc/", "kid": "10000000-2000-4000-8000-300000000000",
               "key": "00112233445566778899aabbccddeeff", "scheme": "cenc"}]}
            """;

    @TempDir static Path temporary;
    private static EventLoops loops;
    private static HttpClient client;
    private static DeliveryRoutes routes;
    private static DeliveryRoutes noKeys;
    private static HttpServer server;
    private static HttpServer serverWithoutKeys;

    @BeforeAll
    static void serve() throws Exception {
        Path root = temporary.resolve("media");
        Path clip = temporary.resolve("clip.mp4");
        Ffmpeg.makeClip(clip, 160, 120, 4);
        for (String name : new String[] {"aes/a.mp4", "cenc/a.mp4", "free.mp4"}) {
            Files.createDirectories(root.resolve(name).getParent());
            Files.copy(clip, root.resolve(name));
        }
        Files.writeString(root.resolve("aes/a.vtt"), "WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n");
        loops = EventLoops.start(1);
        client = HttpClient.newHttpClient();
        KeyFile file = KeyFile.open(Files.writeString(temporary.resolve("keys.json"), KEYS));
        routes = routes(SchemeChoice.CLEAR, file, root);
        server = server(routes);
        noKeys =
                routes(
                        SchemeChoice.of("cbcs"),
                        new HttpKeyService(
                                URI.create("http://127.0.0.1:1/keys"), Duration.ofSeconds(2)),
                        root);
        serverWithoutKeys = server(noKeys);
    }

    private static DeliveryRoutes routes(SchemeChoice scheme, KeyProvider keys, Path root)
            throws Exception {
        var meters = new SimpleMeterRegistry();
        var policy = new Encryption.Policy(Map.of(), scheme, true, Duration.ofMinutes(1), 100);
        return new DeliveryRoutes(
                        DeliveryOptions.DEFAULT,
                        ThumbnailOptions.DEFAULT,
                        new Encryption(policy, keys, meters),
                        null,
                        InstantSource.system(),
                        meters)
                .serveFolder("/", new LocalFolder(root), true);
    }

    private static HttpServer server(DeliveryRoutes delivery) throws Exception {
        var router = new HttpRouter();
        delivery.addTo(router);
        return new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, loops).start();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        serverWithoutKeys.close();
        routes.close();
        noKeys.close();
        loops.close();
    }

    private static HttpRequest.Builder request(HttpServer to, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.localPort() + path));
    }

    private static HttpResponse<byte[]> get(String path) throws Exception {
        return client.send(request(server, path).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void theKeyIsSixteenBytesThatNobodyKeeps() throws Exception {
        HttpResponse<byte[]> key = get("/hls/aes/a.mp4/encryption.key");
        assertThat(key.statusCode()).isEqualTo(200);
        assertThat(key.body())
                .isEqualTo(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
        assertThat(key.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
        assertThat(key.headers().firstValue("ETag")).isEmpty();
        assertThat(get("/hls/free.mp4/encryption.key").statusCode()).isEqualTo(404);
        assertThat(new String(get("/hls/aes/a.mp4/index.m3u8").body()))
                .contains("#EXT-X-KEY:METHOD=AES-128,URI=\"encryption.key\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/hls/aes/a.mp4/seg-1-v1-a1.ts",
                "/hlsf/aes/a.mp4/seg-1-v1.m4s",
                "/hlsf/cenc/a.mp4/seg-1-v1-a1.m4s",
                "/dash/cenc/a.mp4/fragment-1-v1-x3.m4s"
            })
    void rangesAndHeadsAreOfTheEncryptedBytes(String path) throws Exception {
        byte[] whole = get(path).body();
        HttpResponse<byte[]> range =
                client.send(
                        request(server, path).header("Range", "bytes=100-1099").build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(range.statusCode()).isEqualTo(206);
        assertThat(range.headers().firstValue("Content-Range"))
                .contains("bytes 100-1099/" + whole.length);
        assertThat(range.body()).isEqualTo(Arrays.copyOfRange(whole, 100, 1100));
        HttpResponse<byte[]> head =
                client.send(
                        request(server, path).HEAD().build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(whole.length);
        assertThat(get(path).body()).isEqualTo(whole);
    }

    @ParameterizedTest
    @CsvSource({
        "/file/aes/a.mp4, 403",
        "/file/aes/a.vtt, 200",
        "/file/free.mp4, 200",
        "/dash/aes/a.mp4/manifest.mpd, 404",
        "/hls/cenc/a.mp4/index.m3u8, 404",
        "/hls/cenc/a.mp4/seg-1-v1-a1.ts, 404",
        "/hlsf/cenc/a.mp4/media-v1.mp4, 404",
        "/dash/cenc/a.mp4/ondemand.mpd, 404",
        "/hlsf/cenc/a.mp4/iframe-1-v1.m4s, 404",
        "'/hls/,free.mp4,aes/a.mp4,.urlset/iframes-f2-v1.m3u8', 404",
        "'/dash/,aes/a.mp4,free.mp4,.urlset/manifest.mpd', 404"
    })
    void nothingEncryptedIsGivenAwayInTheClear(String path, int status) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(status);
    }

    @Test
    void aListWithAnEncryptedFileIsEncrypted() throws Exception {
        assertThat(new String(get("/hls/,free.mp4,aes/a.mp4,.urlset/index-f2-v1.m3u8").body()))
                .contains("#EXT-X-KEY:METHOD=AES-128");
    }

    @Test
    void licencesAreGivenForTheMediasOwnKey() throws Exception {
        HttpResponse<String> licence = licence("{\"kids\":[\"EAAAACAAQACAADAAAAAAAA\"]}");
        assertThat(licence.statusCode()).isEqualTo(200);
        assertThat(licence.body()).contains("\"k\":\"ABEiM0RVZneImaq7zN3u_w\"");
        assertThat(licence.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
        assertThat(licence("{\"kids\":[\"AAAAAAAAAAAAAAAAAAAAAA\"]}").statusCode()).isEqualTo(404);
        assertThat(licence("{}").statusCode()).isEqualTo(400);
        assertThat(licence("{\"kids\":[\"" + "A".repeat(20_000) + "\"]}").statusCode())
                .isEqualTo(413);
    }

    private static HttpResponse<String> licence(String body) throws Exception {
        return client.send(
                request(server, "/dash/cenc/a.mp4/clearkey")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void withoutItsKeyServiceMediaIsUnavailableAndNotClear() throws Exception {
        for (String path :
                new String[] {"/hls/free.mp4/index.m3u8", "/dash/free.mp4/manifest.mpd"}) {
            HttpResponse<String> reply =
                    client.send(
                            request(serverWithoutKeys, path).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(reply.statusCode()).isEqualTo(503);
            assertThat(reply.headers().firstValue("Retry-After")).contains("5");
            assertThat(reply.body()).contains("key service at 127.0.0.1 cannot be reached");
        }
    }
}
