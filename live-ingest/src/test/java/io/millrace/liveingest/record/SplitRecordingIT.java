package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.LiveIngestOptions;
import io.millrace.liveingest.LiveServer;
import io.millrace.liveingest.record.RecordingOptions.Split;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What a real publisher sent, over several files or connections, is there once.
class SplitRecordingIT {
    private static final double AUDIO_FRAME = 1024 / 48_000.0;

    @TempDir Path folder;

    private List<Path> files(LiveServer server) throws Exception {
        List<RecordingFinished> all = new ArrayList<>(server.finished);
        all.sort(Comparator.comparing(RecordingFinished::startedAt));
        List<Path> files = new ArrayList<>();
        for (RecordingFinished recording : all) {
            for (var key : recording.blobKeys()) {
                files.add(server.blobs.localPath(key).orElseThrow());
            }
        }
        return files;
    }

    private double startTime(Path file, String track) throws Exception {
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-select_streams",
                        track,
                        "-show_entries",
                        "packet=dts_time",
                        "-read_intervals",
                        "%+#1",
                        "-of",
                        "csv=p=0",
                        file.toString())) {
            assertThat(probe.await(60)).isZero();
            return Double.parseDouble(
                    probe.output().lines().findFirst().orElseThrow().replace(",", ""));
        }
    }

    @Test
    void aSplitLosesAndDoublesNothing() throws Exception {
        SourceClip clip = SourceClip.make(folder, 11);
        var options =
                LiveIngestOptions.onPorts(0, null)
                        .withRecording(
                                RecordingOptions.of("node-1")
                                        .withSplit(new Split(Duration.ofSeconds(4), 0)));
        try (var server = new LiveServer(folder.resolve("blobs"), options);
                var publisher =
                        clip.publish(
                                folder,
                                server.publishUrl("0_split", "secret"),
                                folder.resolve("progress.txt"))) {
            assertThat(publisher.await(60)).isZero();
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 3);
            List<String> video = new ArrayList<>();
            List<String> audio = new ArrayList<>();
            for (Path file : files(server)) {
                double apart = startTime(file, "v") - startTime(file, "a");
                assertThat(apart).isBetween(-0.15, 0.15);
                video.addAll(SourceClip.packets(folder, file, "v"));
                audio.addAll(SourceClip.packets(folder, file, "a"));
            }
            assertThat(video).isEqualTo(clip.video);
            assertThat(audio)
                    .isEqualTo(
                            clip.audio.subList(
                                    clip.audio.size() - audio.size(), clip.audio.size()));
            assertThat((clip.audio.size() - audio.size()) * AUDIO_FRAME).isLessThan(0.1);
            assertThat(server.started.stream().filter(RecordingStarted::split)).hasSize(2);
        }
    }

    @Test
    void aReconnectGoesOnInTheSameFileWithEveryFrameOfBothAndSoundInStep() throws Exception {
        SourceClip first = SourceClip.make(folder, 3);
        SourceClip second = SourceClip.make(folder, 4);
        try (var server = new LiveServer(folder.resolve("blobs"))) {
            String url = server.publishUrl("0_again", "secret");
            Path progress = folder.resolve("progress.txt");
            try (var publisher = first.publish(folder, url, progress)) {
                assertThat(publisher.await(60)).isZero();
            }
            try (var publisher = second.publish(folder, url, progress)) {
                assertThat(publisher.await(60)).isZero();
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.finished.size() == 1);
            List<Path> files = files(server);
            assertThat(files).hasSize(1);
            List<String> expected = new ArrayList<>(first.video);
            expected.addAll(second.video);
            assertThat(SourceClip.packets(folder, files.getFirst(), "v")).isEqualTo(expected);
            List<Double> video = times(files.getFirst(), "v");
            List<Double> audio = times(files.getFirst(), "a");
            assertThat(audio.size())
                    .isBetween(
                            first.audio.size() + second.audio.size() - 8,
                            first.audio.size() + second.audio.size());
            // Sound and picture of the second connection are as far apart as those of the source.
            int sound =
                    SourceClip.packets(folder, files.getFirst(), "a").indexOf(second.audio.get(40));
            double apart = audio.get(sound) - video.get(first.video.size());
            double sourceApart =
                    times(second.file, "a").get(40) - times(second.file, "v").getFirst();
            assertThat(apart - sourceApart).isBetween(-0.022, 0.022);
            for (List<Double> times : List.of(video, audio)) {
                for (int i = 1; i < times.size(); i++) {
                    assertThat(times.get(i)).isGreaterThan(times.get(i - 1));
                }
            }
        }
    }

    private List<Double> times(Path file, String track) throws Exception {
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-select_streams",
                        track,
                        "-show_entries",
                        "packet=dts_time",
                        "-of",
                        "csv=p=0",
                        file.toString())) {
            assertThat(probe.await(60)).isZero();
            return probe.output()
                    .lines()
                    .map(line -> Double.parseDouble(line.replace(",", "")))
                    .toList();
        }
    }
}
