package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What goes wrong at a start says what and where, at once and without a stack trace.
class StartIT {
    @TempDir Path folder;

    private String failedStart(int expectedExit, int ports, String... arguments) throws Exception {
        try (var millrace = MillraceProcess.start(folder, ports, arguments)) {
            assertThat(millrace.process().waitFor(60, TimeUnit.SECONDS))
                    .as(millrace.output())
                    .isTrue();
            assertThat(millrace.process().exitValue())
                    .as(millrace.output())
                    .isEqualTo(expectedExit);
            assertThat(millrace.output()).doesNotContain("\tat ");
            return millrace.output();
        }
    }

    @Test
    void aBusyPortIsNamed() throws Exception {
        int ports = MillraceProcess.freePortBase();
        try (var busy = new ServerSocket()) {
            busy.bind(new InetSocketAddress("0.0.0.0", ports + 2));
            assertThat(failedStart(1, ports, "serve"))
                    .contains("Port " + (ports + 2))
                    .contains("live.rtmp-port");
        }
    }

    @Test
    void aDataFolderThatCannotBeWrittenIsNamed() throws Exception {
        Files.writeString(folder.resolve("data"), "a file where the folder should be");
        assertThat(failedStart(1, MillraceProcess.freePortBase(), "serve"))
                .contains("Data folder " + folder.resolve("data"))
                .contains("can't be written");
    }

    @Test
    void everyConfigurationMistakeIsNamed() throws Exception {
        Path file = folder.resolve("bad.conf");
        Files.writeString(file, "http.prot = 1\nlive.window = soon\n");
        assertThat(
                        failedStart(
                                2,
                                MillraceProcess.freePortBase(),
                                "serve",
                                "--config",
                                file.toString()))
                .contains("bad.conf:1: unknown key http.prot; did you mean http.port?")
                .contains("bad.conf:2: live.window = soon: expected a duration");
    }

    @Test
    void withTheDatabaseDownItWaitsAndSaysSo() throws Exception {
        int ports = MillraceProcess.freePortBase();
        int closed = MillraceProcess.freePortBase();
        try (var millrace =
                MillraceProcess.start(
                        folder,
                        ports,
                        "serve",
                        "--set",
                        "database.url=jdbc:mysql://127.0.0.1:" + closed + "/none")) {
            org.awaitility.Awaitility.await()
                    .atMost(java.time.Duration.ofSeconds(60))
                    .until(() -> MillraceProcess.status(millrace.operations("/readyz")) == 503);
            // The listener of operations speaks before the roles have said what they wait for.
            org.awaitility.Awaitility.await()
                    .atMost(java.time.Duration.ofSeconds(60))
                    .untilAsserted(
                            () ->
                                    assertThat(MillraceProcess.body(millrace.operations("/readyz")))
                                            .contains("database")
                                            .contains("WAITING_FOR"));
            assertThat(MillraceProcess.status(millrace.operations("/healthz"))).isEqualTo(200);
            org.awaitility.Awaitility.await()
                    .until(() -> MillraceProcess.status(millrace.base() + "/web/none") == 404);
            assertThat(
                            Api.anonymous(millrace.base())
                                    .call("media.list", Map.of())
                                    .path("code")
                                    .asString(""))
                    .isEqualTo("INTERNAL_DATABASE_ERROR");
        }
    }

    @Test
    void twoServersDoNotShareAFolder() throws Exception {
        int ports = MillraceProcess.freePortBase();
        try (var first = MillraceProcess.serve(folder, ports)) {
            assertThat(failedStart(1, MillraceProcess.freePortBase(), "serve"))
                    .contains("in use by another Millrace");
            first.stop();
        }
    }

    @Test
    void versionSaysWhatIsInside() throws Exception {
        Process version =
                new ProcessBuilder(MillraceProcess.launcher().toString(), "version").start();
        String text = new String(version.getInputStream().readAllBytes());
        assertThat(version.waitFor()).isZero();
        assertThat(text).contains("millrace ").contains("java 25").contains("ffmpeg");
    }
}
