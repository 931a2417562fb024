package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.Privileges;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.sign.PathSigner;
import io.millrace.storage.sql.Database;
import io.millrace.storage.sql.DatabaseSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

class DatabaseDownTest {
    @Test
    void saysSoSoon(@TempDir Path folder) throws Exception {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var meters = new SimpleMeterRegistry();
        var keys = new LinkedHashMap<String, byte[]>();
        keys.put("k1", "a signing key of enough bytes".getBytes(StandardCharsets.UTF_8));
        var settings =
                new PlatformSettings(
                        "node",
                        "1",
                        PlatformHarness.CLUSTER_SECRET,
                        "",
                        "",
                        1935,
                        -1,
                        Duration.ofHours(1),
                        null,
                        Duration.ofDays(1));
        try (var database =
                        Database.open(
                                new DatabaseSettings(
                                        "jdbc:mysql://127.0.0.1:" + port + "/none", "u", "p", 2),
                                meters);
                var blobs = new LocalBlobStore(folder, meters);
                var platform =
                        Platform.create(
                                settings,
                                database,
                                blobs,
                                new PathSigner(keys),
                                meters,
                                InstantSource.system())) {
            String ks =
                    KsFormat.makeV2(
                            101,
                            "whatever",
                            2,
                            "u",
                            System.currentTimeMillis() / 1000 + 60,
                            Privileges.NONE,
                            null);
            long start = System.nanoTime();
            ApiResponse answer =
                    platform.dispatcher()
                            .handle(
                                    ApiRequest.get(
                                            "/api_v3/service/media/action/list",
                                            "format=1&ks=" + ks,
                                            Map.of(),
                                            "127.0.0.1",
                                            "http://localhost"));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .contains("INTERNAL_DATABASE_ERROR", "try again later");
            assertThat(
                            platform.playbackRoutes()
                                    .handle(
                                            ApiRequest.get(
                                                    "/p/101/playManifest/entryId/0_abcdefgh",
                                                    "",
                                                    Map.of(),
                                                    "127.0.0.1",
                                                    "http://localhost"))
                                    .orElseThrow()
                                    .status())
                    .isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(40));
        }
    }
}
