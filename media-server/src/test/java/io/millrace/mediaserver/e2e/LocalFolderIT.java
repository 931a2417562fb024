package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The packager on its own: a folder, a command, a player.
class LocalFolderIT {
    @TempDir Path folder;

    @Test
    void servesAFolderAndKeepsNothing() throws Exception {
        Path media = Files.createDirectories(folder.resolve("my media"));
        Ffmpeg.clip(media.resolve("a film.mp4"), 4, 320, 180);
        int ports = MillraceProcess.freePortBase();
        long started = System.nanoTime();
        try (var millrace =
                MillraceProcess.startBare(
                        folder,
                        ports,
                        "serve",
                        "--roles",
                        "delivery",
                        "--local-root",
                        media.toString())) {
            millrace.awaitReady();
            long readyMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
            assertThat(readyMs).isLessThan(60_000);
            for (String path :
                    List.of(
                            "/hls/a%20film.mp4/master.m3u8",
                            "/hlsf/a%20film.mp4/master.m3u8",
                            "/dash/a%20film.mp4/manifest.mpd",
                            "/file/a%20film.mp4")) {
                Ffmpeg.decode(millrace.base() + path);
            }
            assertThat(MillraceProcess.body(millrace.base() + "/"))
                    .contains("/hls/a%20film.mp4/master.m3u8");
            org.awaitility.Awaitility.await()
                    .until(() -> millrace.output().contains("Ctrl-C stops it"));
            assertThat(millrace.output())
                    .contains(millrace.base() + "/hls/a%20film.mp4/master.m3u8");
            millrace.stop();
        }
        assertThat(names(media)).containsExactly("a film.mp4");
        assertThat(names(folder)).noneMatch(name -> name.equals("data"));
    }

    @Test
    void aSignedFolderIsOpenedByATokenOnly() throws Exception {
        Path media = Files.createDirectories(folder.resolve("media"));
        Ffmpeg.clip(media.resolve("a film.mp4"), 2, 160, 90);
        int ports = MillraceProcess.freePortBase();
        String keys = "delivery.signing-keys=k2:another secret key,k1:0123456789abcdef";
        try (var millrace =
                MillraceProcess.serve(
                        folder,
                        ports,
                        "--roles",
                        "delivery",
                        "--set",
                        "local.root=" + media,
                        "--set",
                        keys)) {
            assertThat(MillraceProcess.status(millrace.base() + "/dash/a%20film.mp4/manifest.mpd"))
                    .isEqualTo(403);
            try (var token =
                    MillraceProcess.startBare(
                            folder,
                            ports,
                            "token",
                            "a film.mp4",
                            "--route",
                            "/dash/",
                            "--name",
                            "manifest.mpd",
                            "--expires",
                            "1h",
                            "--address",
                            "127.0.0.1",
                            "--set",
                            keys)) {
                assertThat(token.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
                String path = token.output().strip();
                assertThat(path).matches("/dash/s/[^/]+/a%20film.mp4/manifest.mpd");
                Ffmpeg.decode(millrace.base() + path);
            }
            millrace.stop();
        }
    }

    @Test
    void aFolderThatCannotBeServedIsNamed() throws Exception {
        Path media = Files.createDirectories(folder.resolve("media"));
        assertRefused("none: there is no such folder", "--local-root", folder + "/none");
        assertRefused(
                "where nothing may be written",
                "--local-root",
                media.toString(),
                "--data",
                media.resolve("data").toString());
        assertThat(names(media)).isEmpty();
    }

    private void assertRefused(String text, String... arguments) throws Exception {
        String[] all =
                Stream.concat(Stream.of("serve", "--roles", "delivery"), Stream.of(arguments))
                        .toArray(String[]::new);
        try (var millrace =
                MillraceProcess.startBare(folder, MillraceProcess.freePortBase(), all)) {
            assertThat(millrace.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(millrace.process().exitValue()).as(millrace.output()).isEqualTo(2);
            assertThat(millrace.output()).contains(text).doesNotContain("\tat ");
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
