package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.LiveServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real disk that is full: a tmpfs of a few megabytes, where this user may mount one.
class FullDiskIT {
    @TempDir Path folder;
    private boolean mounted;

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).inheritIO().start();
        return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            run("umount", "-l", folder.resolve("disk").toString());
        }
    }

    @Test
    void theRecordingStopsFirstTheStreamGoesOnAndSoDoesTheRecordingWhenThereIsRoom()
            throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        mounted =
                Files.isExecutable(Path.of("/usr/bin/mount"))
                        && run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString())
                                == 0;
        assumeThat(mounted).as("may mount a tmpfs").isTrue();
        SourceClip clip = SourceClip.make(folder, 20);
        String entry = "0_fulldisk";
        try (var server = new LiveServer(disk);
                var publisher =
                        clip.publish(
                                folder,
                                server.publishUrl(entry, "secret"),
                                folder.resolve("progress.txt"))) {
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.started.isEmpty());
            Path filler = disk.resolve("filler");
            fill(filler);
            await().atMost(Duration.ofSeconds(60)).until(() -> !server.troubles.isEmpty());
            assertThat(server.troubles.getFirst()).contains("No space left");
            assertThat(server.events).doesNotContain("interrupted " + entry);
            assertThat(server.get(entry, "master.m3u8").statusCode()).isEqualTo(200);
            Files.delete(filler);
            await().atMost(Duration.ofSeconds(60)).until(() -> server.troubles.contains("resumed"));
            assertThat(publisher.isAlive()).as("resumed while it is published").isTrue();
            assertThat(publisher.await(60)).isZero();
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            List<Path> files = files(server, server.finished.getFirst());
            assertThat(files).hasSizeGreaterThan(1);
            int from = 0;
            for (Path file : files) {
                assertThat(Files.size(file)).isPositive();
                List<String> video = SourceClip.packets(folder, file, "v");
                int at = Collections.indexOfSubList(clip.video.subList(from, 500), video);
                assertThat(at).isNotNegative();
                from += at + video.size();
                assertThat(
                                Collections.indexOfSubList(
                                        clip.audio, SourceClip.packets(folder, file, "a")))
                        .isNotNegative();
            }
            assertThat(from).isEqualTo(500); // up to the last frame
        }
    }

    private static List<Path> files(LiveServer server, RecordingFinished recording)
            throws IOException {
        List<Path> files = new java.util.ArrayList<>();
        for (var key : recording.blobKeys()) {
            files.add(server.blobs.localPath(key).orElseThrow());
        }
        return files;
    }

    private static void fill(Path filler) throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            byte[] block = new byte[4096];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }
}
