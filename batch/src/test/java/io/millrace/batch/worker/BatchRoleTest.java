package io.millrace.batch.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.batch.TestMedia;
import io.millrace.batch.transcode.TranscodeSettings;
import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.ConvertResult;
import io.millrace.platformapi.model.ProbeResult;
import io.millrace.platformapi.model.ThumbnailResult;
import io.millrace.platformapi.model.WorkKind;
import io.millrace.platformapi.model.WorkParameters;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.LocalBlobStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

class BatchRoleTest {
    private static final BlobKey SOURCE = BlobKey.of("content/entry/101/0_a/0_s_1.mp4");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final QueueInMemory queue = new QueueInMemory();

    /// What another node's disk has; no keys, no files.
    private final Map<BlobKey, Path> growing = new ConcurrentHashMap<>();

    private final SourcesElsewhere elsewhere =
            (key, into, _) -> {
                Path file = growing.get(key);
                if (file != null) {
                    Files.copy(file, into);
                }
                return file != null;
            };

    @TempDir Path folder;
    private LocalBlobStore store;

    @BeforeEach
    void open() throws Exception {
        store = new LocalBlobStore(folder.resolve("store"), registry);
    }

    @AfterEach
    void nothingIsLeftInStaging() throws Exception {
        try (Stream<Path> left = Files.list(folder.resolve("store/.staging"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void doesEachKindAndPublishes() throws Exception {
        publish(TestMedia.clip(folder.resolve("a.mp4"), 4, 25, "320x180"));
        try (BatchRole role = start(Duration.ofSeconds(10), Duration.ofSeconds(25))) {
            queue.add(work(1, WorkKind.PROBE, null, Map.of()));
            await().atMost(LONG).until(() -> queue.result(1) != null);
            assertThat(queue.result(1))
                    .isInstanceOfSatisfying(
                            ProbeResult.class,
                            r -> {
                                assertThat(r.containerFormat).isEqualTo("mp4");
                                assertThat(r.width).isEqualTo(320);
                                assertThat(r.durationMs).isBetween(3950L, 4100L);
                                assertThat(r.stillImage).isFalse();
                            });
            queue.add(
                    work(
                            2,
                            WorkKind.CONVERT,
                            "content/entry/101/0_a/0_f_1.mp4",
                            Map.of(
                                    WorkParameters.WIDTH,
                                    "160",
                                    WorkParameters.HEIGHT,
                                    "90",
                                    WorkParameters.VIDEO_BITRATE_KBPS,
                                    "200",
                                    WorkParameters.AUDIO_BITRATE_KBPS,
                                    "64",
                                    WorkParameters.GOP_SECONDS,
                                    "2")));
            queue.add(
                    work(
                            3,
                            WorkKind.THUMBNAIL,
                            "content/entry/101/0_a/thumb/0_t_1.jpg",
                            Map.of(WorkParameters.AT_MS, "1000", WorkParameters.MAX_WIDTH, "200")));
            await().atMost(LONG).until(() -> queue.result(2) != null && queue.result(3) != null);
            assertThat(queue.result(2))
                    .isInstanceOfSatisfying(
                            ConvertResult.class,
                            r -> {
                                assertThat(r.width).isEqualTo(160);
                                assertThat(r.videoCodec).isEqualTo("h264");
                                assertThat(r.audioCodec).isEqualTo("aac");
                                assertThat(r.sizeBytes)
                                        .isEqualTo(size("content/entry/101/0_a/0_f_1.mp4"));
                            });
            assertThat(queue.result(3))
                    .isInstanceOfSatisfying(
                            ThumbnailResult.class,
                            r -> {
                                assertThat(r.width).isEqualTo(200);
                                assertThat(r.sizeBytes)
                                        .isEqualTo(size("content/entry/101/0_a/thumb/0_t_1.jpg"));
                            });
            assertThat(role.isReady()).isTrue();
            await().atMost(LONG).until(() -> role.runningJobs() == 0);
        }
        assertThat(
                        registry.get("millrace.batch.jobs")
                                .tag("kind", "convert")
                                .tag("outcome", "finished")
                                .timer()
                                .count())
                .isEqualTo(1);
    }

    private static Map<String, String> clipOf(String parts, String growing) {
        return Map.of(
                WorkParameters.PARTS,
                parts,
                WorkParameters.GROWING,
                growing,
                WorkParameters.OFFSET_MS,
                "0");
    }

    @Test
    void clipsWhatOnlyTheNodeHasThatRecords() throws Exception {
        String first = "content/live/0_l/r/recording.mp4";
        String second = "content/live/0_l/r/recording-2.mp4";
        growing.put(BlobKey.of(second), recording("b.mp4", 2));
        Path finished = recording("a.mp4", 3);
        try (BatchRole _ = start(Duration.ofSeconds(10), Duration.ofSeconds(25))) {
            // Nobody has its first file.
            queue.add(work(1, WorkKind.CLIP, "content/entry/101/0_a/1.mp4", clipOf(first, second)));
            await().atMost(LONG).until(() -> queue.failure(1) != null);
            assertThat(queue.failure(1))
                    .isEqualTo(
                            new JobFailure(
                                    "SOURCE_MISSING",
                                    "the source " + first + " is not in the storage",
                                    false));
            store.publish(finished, BlobKey.of(first));
            queue.add(work(2, WorkKind.CLIP, "content/entry/101/0_a/2.mp4", clipOf(first, second)));
            // The first has ended, and no other has begun.
            queue.add(
                    work(
                            3,
                            WorkKind.CLIP,
                            "content/entry/101/0_a/3.mp4",
                            clipOf(first, "content/live/0_l/r/recording-3.mp4")));
            queue.add(work(4, WorkKind.CLIP, "content/entry/101/0_a/4.mp4", clipOf("", second)));
            await().atMost(LONG)
                    .until(
                            () ->
                                    queue.result(2) != null
                                            && queue.result(3) != null
                                            && queue.result(4) != null);
        }
        assertThat(durationMs(2)).isBetween(4900, 5150);
        assertThat(durationMs(3)).isBetween(2950, 3100);
        assertThat(durationMs(4)).isBetween(1950, 2100);
    }

    private int durationMs(int job) {
        return queue.result(job) instanceof ProbeResult probe && probe.durationMs != null
                ? Math.toIntExact(probe.durationMs)
                : -1;
    }

    private Path recording(String name, int seconds) throws Exception {
        return TestMedia.make(
                folder.resolve(name),
                ("-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:r=48000 -t "
                                + seconds
                                + " -c:v libx264 -preset ultrafast -bf 0 -g 25 -pix_fmt yuv420p -c:a"
                                + " aac -movflags +frag_keyframe+empty_moov+default_base_moof -f"
                                + " mp4")
                        .split(" "));
    }

    @Test
    void badInputFailsForGoodWithAReasonForPeople() throws Exception {
        publish(Files.writeString(folder.resolve("a.mp4"), "I am not a film.\n"));
        try (BatchRole _ = start(Duration.ofSeconds(10), Duration.ofSeconds(25))) {
            queue.add(work(1, WorkKind.PROBE, null, Map.of()));
            BatchWork missing = work(2, WorkKind.PROBE, null, Map.of());
            missing.sourceKey = "content/entry/101/0_a/gone.mp4";
            queue.add(missing);
            BatchWork outside = work(3, WorkKind.PROBE, null, Map.of());
            outside.sourceKey = "../../etc/passwd";
            queue.add(outside);
            await().atMost(LONG)
                    .until(
                            () ->
                                    queue.failure(1) != null
                                            && queue.failure(2) != null
                                            && queue.failure(3) != null);
        }
        assertThat(queue.failure(1))
                .isEqualTo(
                        new JobFailure(
                                "NOT_MEDIA", "not a video or audio file: it is plain text", true));
        assertThat(queue.failure(2)).returns("SOURCE_MISSING", JobFailure::code);
        assertThat(queue.failure(3)).returns("BAD_PARAMETERS", JobFailure::code);
    }

    @Test
    void aStopKillsTheChildAndGivesTheJobBack() throws Exception {
        publish(TestMedia.clip(folder.resolve("a.mp4"), 60, 25, "640x360"));
        try (BatchRole role = start(Duration.ofSeconds(10), Duration.ofSeconds(25))) {
            queue.add(slowConversion(1));
            await().atMost(LONG).until(() -> queue.progress(1) > 0);
            assertThat(role.runningJobs()).isEqualTo(1);
        }
        assertThat(queue.failure(1))
                .isEqualTo(new JobFailure("WORKER_STOPPED", "the worker was stopped", false));
        assertThat(ffmpegChildren()).isZero();
    }

    @Test
    void aLostLeaseEndsTheJobAndPublishesNothing() throws Exception {
        publish(TestMedia.clip(folder.resolve("a.mp4"), 60, 25, "640x360"));
        try (BatchRole role = start(Duration.ofSeconds(10), Duration.ofSeconds(25))) {
            queue.add(slowConversion(1));
            await().atMost(LONG).until(() -> queue.progress(1) > 0);
            queue.takeAway(1);
            await().atMost(LONG).until(() -> role.runningJobs() == 0);
            assertThat(ffmpegChildren()).isZero();
        }
        assertThat(queue.result(1)).isNull();
        assertThat(queue.failure(1)).isNull();
        assertThat(store.stat(BlobKey.of("content/entry/101/0_a/0_f_1.mp4"))).isEmpty();
    }

    @Test
    void aWorkerThatIsCutOffDropsItsJobByItsOwnClock() throws Exception {
        publish(TestMedia.clip(folder.resolve("a.mp4"), 60, 25, "640x360"));
        try (BatchRole role = start(Duration.ofMillis(200), Duration.ofSeconds(3))) {
            queue.add(slowConversion(1));
            await().atMost(LONG).until(() -> role.runningJobs() == 1);
            queue.cutOff(true);
            await().atMost(Duration.ofSeconds(40)).until(() -> role.runningJobs() == 0);
            assertThat(ffmpegChildren()).isZero();
            assertThat(queue.failure(1)).isNull();
            assertThat(role.isReady()).isFalse();
            queue.cutOff(false);
            await().atMost(Duration.ofSeconds(60)).until(role::isReady);
        }
    }

    private BatchRole start(Duration heartbeat, Duration giveUpAfter) throws Exception {
        return BatchRole.start(
                new BatchSettings(
                        "test",
                        1,
                        1,
                        new TranscodeSettings(TranscodeSettings.Preset.VERYSLOW, 1),
                        true,
                        Path.of("target", "ffmpeg"),
                        heartbeat,
                        giveUpAfter),
                queue,
                store,
                elsewhere,
                registry);
    }

    private void publish(Path file) throws Exception {
        store.publish(file, SOURCE);
    }

    private long size(String key) {
        try {
            return store.stat(BlobKey.of(key)).orElseThrow().sizeBytes();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static BatchWork slowConversion(long id) {
        return work(
                id,
                WorkKind.CONVERT,
                "content/entry/101/0_a/0_f_1.mp4",
                Map.of(
                        WorkParameters.WIDTH,
                        "640",
                        WorkParameters.HEIGHT,
                        "360",
                        WorkParameters.VIDEO_BITRATE_KBPS,
                        "900"));
    }

    private static BatchWork work(
            long id,
            String kind,
            @org.jspecify.annotations.Nullable String target,
            Map<String, String> parameters) {
        BatchWork work = new BatchWork();
        work.id = id;
        work.fence = 1L;
        work.kind = kind;
        work.partnerId = 101;
        work.entryId = "0_a";
        work.assetId = "0_f";
        work.sourceKey = SOURCE.value();
        work.targetKey = target;
        work.parameters = parameters;
        work.leaseSeconds = 30;
        work.attempt = 1;
        return work;
    }

    private static long ffmpegChildren() {
        return ProcessHandle.current()
                .descendants()
                .filter(p -> p.info().command().orElse("").endsWith("/ffmpeg"))
                .count();
    }
}
