package io.millrace.platformapi.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.platformapi.http.ApiHttpServer;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.http.TestPlatform;
import io.millrace.platformapi.model.SessionInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

class PlatformClientTest {
    private static final PlatformClient.Caller BATCH = PlatformClient.Caller.admin(-1, "batch");

    @TempDir Path folder;

    @Test
    void callsAsItsPartnerAndAsAnother() throws Exception {
        try (var server =
                        new ApiHttpServer(TestPlatform.dispatcher(InstantSource.system())::handle);
                var client =
                        new PlatformClient(
                                List.of(server.address()), BATCH, Duration.ofSeconds(10))) {
            assertThat(client.call("system.ping", Map.of())).isEqualTo(true);
            SessionInfo info = client.call("session.get", Map.of(), SessionInfo.class);
            assertThat(info.partnerId).isEqualTo(-1);
            assertThat(info.privileges).isEqualTo("*");
            assertThat(client.ks()).isEqualTo(info.ks);
            assertThat(client.actingFor(102).call("echo.internal", Map.of())).isEqualTo("@102");
            assertThatThrownBy(() -> client.call("echo.nope", Map.of()))
                    .isInstanceOfSatisfying(
                            ApiClientException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo("ACTION_DOES_NOT_EXISTS");
                                assertThat(e.args()).containsEntry("SERVICE_NAME", "echo");
                            });
        }
    }

    @Test
    void uploadsApartOfAFile() throws Exception {
        Path file = Files.write(folder.resolve("a.bin"), new byte[300_000]);
        try (var server =
                        new ApiHttpServer(TestPlatform.dispatcher(InstantSource.system())::handle);
                var client =
                        new PlatformClient(
                                List.of(server.address()), BATCH, Duration.ofSeconds(10))) {
            SessionInfo info =
                    client.upload(
                            "echo.fileSizeAsUser",
                            Map.of(),
                            "fileData",
                            "ä \".bin",
                            file,
                            100,
                            200_000,
                            SessionInfo.class);
            assertThat(info.userId).isEqualTo("200000");
            assertThatThrownBy(
                            () ->
                                    client.upload(
                                            "echo.fileSizeAsUser",
                                            Map.of(),
                                            "fileData",
                                            "a",
                                            file,
                                            100,
                                            300_000,
                                            SessionInfo.class))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void goesToTheNextNodeWhenOneIsDown() throws Exception {
        URI dead;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dead = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        try (var starting =
                        new ApiHttpServer(_ -> ApiResponse.text(503, "text/plain", "starting"));
                var server =
                        new ApiHttpServer(TestPlatform.dispatcher(InstantSource.system())::handle);
                var client =
                        new PlatformClient(
                                List.of(dead, starting.address(), server.address()),
                                BATCH,
                                Duration.ofSeconds(10))) {
            assertThat(client.call("system.ping", Map.of())).isEqualTo(true);
            assertThat(client.call("system.ping", Map.of())).isEqualTo(true);
        }
        try (var client = new PlatformClient(List.of(dead), BATCH, Duration.ofSeconds(10))) {
            assertThatThrownBy(() -> client.call("system.ping", Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot be reached");
        }
    }

    @Test
    void restsANodeThatFailed() {
        URI a = URI.create("http://a");
        URI b = URI.create("http://b");
        var addresses = new Addresses(List.of(a, b), Duration.ofMinutes(1));
        addresses.failed(a);
        assertThat(addresses.inOrder()).containsExactly(b, a);
        addresses.answered(a);
        assertThat(addresses.inOrder()).containsExactly(a, b);
    }
}
