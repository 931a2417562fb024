package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.LiveServer;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.failpoint.Failpoints;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

/// Kills a recording node wherever it can be killed and looks at what the next start makes of it:
/// at most two seconds of each track are missing at the end, and the packets that are there are the
/// source's, in order, none twice (I3 and I5 of the failure rules).
///
/// With `-Dmillrace.test.kills=N` every point is walked through N times, on other passings of it, N
/// kills come at random moments, and N in the first three seconds;
/// `-Dmillrace.test.kill-point=recording-...,random` takes some of them. What was lost is then
/// written to `recorder-kills.txt` in the temporary folder.
class RecorderKillsIT {
    private static final double MOST_LOST_SECONDS = 2;
    private static final String ENTRY = "0_killed";
    private static final int KILLS = Integer.getInteger("millrace.test.kills", 0);
    private static final String ONLY = System.getProperty("millrace.test.kill-point", "");
    private static final String RANDOM = "random";

    /// While the recording begins, in a process that has just started.
    private static final String RANDOM_EARLY = "random-early";

    /// What an ordinary run walks through; the others differ little.
    private static final List<RecordingPoint> FEW =
            List.of(
                    RecordingPoint.MARKER_PUBLISHED,
                    RecordingPoint.INIT_WRITTEN,
                    RecordingPoint.FRAGMENT_TORN,
                    RecordingPoint.FINAL_LISTED,
                    RecordingPoint.ACCEPTED,
                    RecordingPoint.CUT);

    private static final Set<RecordingPoint> STARTING =
            EnumSet.range(RecordingPoint.BEFORE_MARKER, RecordingPoint.INIT_WRITTEN);

    @TempDir Path folder;

    /// @param name of the case
    /// @param point the failpoint's name, or `random`
    /// @param failpoint to arm; empty where the kill comes from outside
    private record Kill(
            String name, String point, String failpoint, long afterMillis, boolean wholeClip) {}

    private record Outcome(String point, double lostVideo, double lostAudio) {
        /// Nothing was in a file yet. Where a build's machine takes seconds to make the open marker
        /// durable, or to start a process, these are lost, and no fault of the recorder's: only a
        /// measurement asks for the bound here.
        boolean isStarting() {
            return STARTING.stream().anyMatch(starting -> starting.point().equals(point))
                    || point.equals(RANDOM_EARLY);
        }
    }

    private static List<Kill> kills() {
        List<Kill> kills = new ArrayList<>();
        var random = new Random(Long.getLong("millrace.test.seed", 20_260_101L));
        int times = Math.max(1, KILLS);
        for (RecordingPoint point : KILLS > 0 ? Arrays.asList(RecordingPoint.values()) : FEW) {
            for (int i = 0; i < times; i++) {
                int passing =
                        switch (point) {
                            // Any part of a recording that is under way.
                            case FRAGMENT_LISTED, FRAGMENT_TORN, FRAGMENT_WRITTEN ->
                                    i == 0 ? 12 : 2 + random.nextInt(24);
                            case FILE_SYNCED, BOTH_SYNCED -> i == 0 ? 3 : 1 + random.nextInt(5);
                            default -> 1; // comes once
                        };
                boolean wholeClip =
                        switch (point) {
                            case FILE_CLOSED, FINAL_LISTED, CLOSED, ACCEPTED, ACCEPTANCE_LISTED ->
                                    true;
                            default -> false;
                        };
                String name = point.point();
                kills.add(new Kill(name + "-" + i, name, name + ":" + passing, 0, wholeClip));
            }
        }
        for (int i = 0; i < Math.max(2, KILLS); i++) {
            kills.add(new Kill("random-" + i, RANDOM, "", 2000 + random.nextInt(3500), false));
            kills.add(new Kill("random-early-" + i, RANDOM_EARLY, "", random.nextInt(3000), false));
        }
        List<String> only = List.of(ONLY.split(","));
        kills.removeIf(kill -> !ONLY.isEmpty() && !only.contains(kill.point()));
        return kills;
    }

    @Test
    void whatAKilledNodeLeftIsFinishedByTheNext() throws Exception {
        SourceClip clip = SourceClip.make(folder, 7);
        SourceClip shortClip = SourceClip.make(folder, 2);
        List<Callable<Outcome>> cases = new ArrayList<>();
        for (Kill kill : kills()) {
            cases.add(() -> killed(kill, kill.wholeClip() ? shortClip : clip));
        }
        List<Outcome> outcomes = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (Future<Outcome> outcome : threads.invokeAll(cases)) {
                try {
                    outcomes.add(outcome.get());
                } catch (ExecutionException e) {
                    failures.add(e.getCause());
                }
            }
        }
        if (KILLS > 0) {
            report(outcomes);
        }
        assertThat(failures).isEmpty();
        assertThat(outcomes)
                .filteredOn(outcome -> KILLS > 0 || !outcome.isStarting())
                .allSatisfy(
                        outcome -> {
                            assertThat(outcome.lostVideo())
                                    .as(outcome.point())
                                    .isLessThanOrEqualTo(MOST_LOST_SECONDS);
                            assertThat(outcome.lostAudio())
                                    .as(outcome.point())
                                    .isLessThanOrEqualTo(MOST_LOST_SECONDS);
                        });
    }

    /// A line for each point, in the order of a recording.
    private static void report(List<Outcome> outcomes) throws IOException {
        Map<String, List<Outcome>> points = new LinkedHashMap<>();
        outcomes.forEach(
                outcome ->
                        points.computeIfAbsent(outcome.point(), _ -> new ArrayList<>())
                                .add(outcome));
        StringBuilder report = new StringBuilder();
        points.forEach(
                (point, all) ->
                        report.append(
                                "%-32s %3d kills, lost at most video %.2f s, audio %.2f s%n"
                                        .formatted(
                                                point,
                                                all.size(),
                                                most(all, Outcome::lostVideo),
                                                most(all, Outcome::lostAudio))));
        Files.writeString(
                Path.of(System.getProperty("java.io.tmpdir"), "recorder-kills.txt"), report);
    }

    private static double most(List<Outcome> outcomes, ToDoubleFunction<Outcome> lost) {
        return outcomes.stream().mapToDouble(lost).max().orElse(0);
    }

    private Outcome killed(Kill kill, SourceClip clip) throws Exception {
        Path scratch = Files.createDirectories(folder.resolve(kill.name()));
        Path blobs = scratch.resolve("blobs");
        Path progress = scratch.resolve("progress.txt");
        boolean recovering = kill.point().startsWith("recording-cut");
        String failpoint =
                recovering ? RecordingPoint.FRAGMENT_TORN.point() + ":12" : kill.failpoint();
        try (RecordingNode node = RecordingNode.start(blobs, "node-1", scratch, failpoint);
                FfmpegProcess publisher = publisher(node, clip, scratch, progress)) {
            if (failpoint.isEmpty()) {
                await().atMost(Duration.ofSeconds(90)).until(() -> Files.exists(progress));
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> SourceClip.sentSeconds(progress) * 1000 > kill.afterMillis());
                node.kill();
            } else {
                assertThat(node.await(90_000)).as(kill.name()).isEqualTo(Failpoints.EXIT_CODE);
            }
            publisher.await(20);
        }
        double sent = SourceClip.sentSeconds(progress);
        if (recovering) {
            try (RecordingNode second =
                    RecordingNode.start(blobs, "node-1", scratch, kill.failpoint())) {
                assertThat(second.await(90_000)).as(kill.name()).isEqualTo(Failpoints.EXIT_CODE);
            }
        }
        recover(kill, blobs);
        List<Path> files = mediaFiles(blobs);
        assertThat(files).as(kill.name()).hasSizeLessThanOrEqualTo(1);
        if (files.isEmpty()) {
            return new Outcome(kill.point(), sent, sent);
        }
        assertThat(Files.size(files.getFirst())).as(kill.name()).isPositive();
        List<String> video = SourceClip.packets(scratch, files.getFirst(), "v");
        List<String> audio = SourceClip.packets(scratch, files.getFirst(), "a");
        assertThat(Collections.indexOfSubList(clip.video, video)).as(kill.name()).isZero();
        // Sound may begin with the first key frame, a packet or two after the source's.
        int skipped = Collections.indexOfSubList(clip.audio, audio);
        assertThat(skipped).as(kill.name()).isBetween(0, 4);
        if (kill.wholeClip()) {
            assertThat(video).as(kill.name()).hasSameSizeAs(clip.video);
            assertThat(audio.size() + skipped).as(kill.name()).isEqualTo(clip.audio.size());
        }
        return new Outcome(
                kill.point(),
                sent - SourceClip.videoSeconds(video),
                sent - SourceClip.audioSeconds(audio));
    }

    /// On a machine that does too much else, an encoder may be turned away for being slow.
    private static FfmpegProcess publisher(
            RecordingNode node, SourceClip clip, Path scratch, Path progress) throws Exception {
        String url = node.publishUrl(ENTRY);
        for (int attempt = 1; ; attempt++) {
            FfmpegProcess publisher = clip.publish(scratch, url, progress);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> isSent(progress) || !publisher.isAlive() || !node.isAlive());
            if (isSent(progress) || !node.isAlive() || attempt == 5) {
                return publisher;
            }
            publisher.close();
        }
    }

    private static boolean isSent(Path progress) throws IOException {
        return SourceClip.sentSeconds(progress) > 0;
    }

    /// The next start, which leaves nothing open and tells of a recording once.
    private static void recover(Kill kill, Path blobs) throws IOException {
        try (var server = new LiveServer(blobs, "node-1")) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> server.blobs.list(BlobKey.of("content/live-open")).isEmpty());
            assertThat(server.finished).as(kill.name()).hasSizeLessThanOrEqualTo(1);
            if (!mediaFiles(blobs).isEmpty() && !kill.point().contains("acceptance")) {
                assertThat(server.finished).as(kill.name()).hasSize(1);
            }
        }
    }

    private static List<Path> mediaFiles(Path blobs) throws IOException {
        try (var files = Files.walk(blobs)) {
            return files.filter(file -> file.toString().endsWith(".mp4")).toList();
        }
    }
}
