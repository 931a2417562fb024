package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.LiveServer;
import io.millrace.storage.blob.BlobKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// What a power cut leaves: a node records onto an ext4 image with a long commit interval, so that
/// nothing but what it syncs itself gets there soon; the image is copied at random moments, as a
/// disk would be found, and each copy is mounted elsewhere and finished by another node.
///
/// Needs root and loop devices, and `-Dmillrace.test.power-cuts=N` for N copies, of a recording of
/// its own for every twenty; their losses are then written to `power-cuts.txt` in the temporary
/// folder.
class PowerCutIT {
    private static final int CUTS = Integer.getInteger("millrace.test.power-cuts", 0);
    private static final int CUTS_A_RECORDING = 20;
    private static final double MOST_LOST_SECONDS = 2;

    @TempDir Path folder;

    /// @param sentSeconds what the publisher had sent when the copy began
    private record Copy(Path image, double sentSeconds) {}

    private static int run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    private static void mount(Path image, Path on) throws Exception {
        Files.createDirectories(on);
        assumeThat(
                        run(
                                "mount",
                                "-o",
                                "loop,commit=300,data=ordered",
                                image.toString(),
                                on.toString()))
                .as("may mount images")
                .isZero();
    }

    @Test
    void aCopyOfTheDiskAtAnyMomentLosesTwoSecondsAtMost() throws Exception {
        assumeThat(CUTS).as("millrace.test.power-cuts").isPositive();
        SourceClip clip = SourceClip.make(folder, 8 + 2 * Math.min(CUTS, CUTS_A_RECORDING));
        var random = new Random(Long.getLong("millrace.test.seed", 20_260_101L));
        StringBuilder report = new StringBuilder();
        for (int done = 0; done < CUTS; done += CUTS_A_RECORDING) {
            for (Copy copy : copies(clip, Math.min(CUTS_A_RECORDING, CUTS - done), random)) {
                report.append(finished(clip, copy)).append('\n');
            }
        }
        Files.writeString(Path.of(System.getProperty("java.io.tmpdir"), "power-cuts.txt"), report);
    }

    private List<Copy> copies(SourceClip clip, int count, Random random) throws Exception {
        Path image = folder.resolve("disk.img");
        Files.deleteIfExists(image);
        assertThat(run("truncate", "-s", "64M", image.toString())).isZero();
        assumeThat(run("mkfs.ext4", "-q", "-F", image.toString())).as("mkfs.ext4").isZero();
        Path disk = folder.resolve("disk");
        mount(image, disk);
        try {
            return record(clip, image, disk, count, random);
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private List<Copy> record(SourceClip clip, Path image, Path disk, int count, Random random)
            throws Exception {
        Path progress = folder.resolve("progress.txt");
        Files.deleteIfExists(progress);
        List<Copy> copies = new ArrayList<>();
        try (RecordingNode node = RecordingNode.start(disk.resolve("blobs"), "node-1", folder, "");
                var publisher = clip.publish(folder, node.publishUrl("0_cut"), progress)) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> SourceClip.sentSeconds(progress) > 3);
            for (int i = 0; i < count && publisher.isAlive(); i++) {
                await().pollDelay(Duration.ofMillis(200 + random.nextInt(1500))).until(() -> true);
                Path copy = folder.resolve("copy-" + i + ".img");
                // A disk is found as it was at one moment.
                node.signal("STOP");
                copies.add(new Copy(copy, SourceClip.sentSeconds(progress)));
                assertThat(run("cp", "--sparse=always", image.toString(), copy.toString()))
                        .isZero();
                node.signal("CONT");
            }
            node.kill();
        }
        return copies;
    }

    private String finished(SourceClip clip, Copy copy) throws Exception {
        Path disk = folder.resolve(copy.image().getFileName() + "-mounted");
        mount(copy.image(), disk);
        try (var server = new LiveServer(disk.resolve("blobs"), "node-1")) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.blobs.list(BlobKey.of("content/live-open")).isEmpty());
            assertThat(server.finished).as(copy.toString()).hasSize(1);
            Path file =
                    server.blobs
                            .localPath(server.finished.getFirst().blobKeys().getFirst())
                            .orElseThrow();
            List<String> video = SourceClip.packets(folder, file, "v");
            List<String> audio = SourceClip.packets(folder, file, "a");
            assertThat(Collections.indexOfSubList(clip.video, video)).isZero();
            assertThat(Collections.indexOfSubList(clip.audio, audio)).isBetween(0, 4);
            double lost = copy.sentSeconds() - SourceClip.videoSeconds(video);
            double lostSound = copy.sentSeconds() - SourceClip.audioSeconds(audio);
            assertThat(lost).as(copy.toString()).isLessThanOrEqualTo(MOST_LOST_SECONDS);
            assertThat(lostSound).as(copy.toString()).isLessThanOrEqualTo(MOST_LOST_SECONDS);
            return "%s: sent %.2f s, lost video %.2f s, audio %.2f s"
                    .formatted(copy.image().getFileName(), copy.sentSeconds(), lost, lostSound);
        } finally {
            run("umount", "-l", disk.toString());
            Files.delete(copy.image());
        }
    }
}
