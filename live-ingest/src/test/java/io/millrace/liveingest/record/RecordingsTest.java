package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.isobmff.SampleEntries;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.live.AudioFrames;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LiveSamples;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.record.RecordingOptions.Orphans;
import io.millrace.liveingest.record.RecordingOptions.Split;
import io.millrace.liveingest.record.RecordingOptions.Storage;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.storage.blob.AppendBlob;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.blob.BlobWriter;
import io.millrace.storage.blob.LocalBlobStore;
import io.millrace.storage.volume.GuardedBlobStore;
import io.millrace.storage.volume.VolumeGuard;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Recordings on storage that is full, slow or gone. The media is not real here; its bytes are
/// followed.
class RecordingsTest {
    private static final List<LiveTrack> TRACKS = List.of(sound(48_000, "1190"));
    private static final List<LiveTrack> OTHER_TRACKS = List.of(sound(44_100, "1210"));
    private static final byte[] INIT = LiveTrack.init(TRACKS);
    private static final byte[] OTHER_INIT = LiveTrack.init(OTHER_TRACKS);

    @TempDir Path folder;
    private final List<RecordingFinished> finished = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private @Nullable SickStore store;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @BeforeEach
    void open() throws IOException {
        store = new SickStore(new LocalBlobStore(folder, meters));
    }

    @AfterEach
    void close() {
        store().close();
    }

    private SickStore store() {
        return Objects.requireNonNull(store);
    }

    private Recordings recordings(Duration retryAfter) {
        return recordings(store(), RecordingOptions.of("node-1").withStorage(storage(retryAfter)));
    }

    private static Storage storage(Duration retryAfter) {
        return new Storage(Duration.ofMillis(50), Duration.ofSeconds(8), retryAfter);
    }

    private Recordings recordings(BlobStore on, RecordingOptions options) {
        return new Recordings(
                on,
                new RecordingSink() {
                    @Override
                    public void recordingStarted(RecordingStarted recording) {}

                    @Override
                    public void recordingFinished(RecordingFinished recording) {
                        finished.add(recording);
                    }

                    @Override
                    public void recordingFailed(RecordingStarted recording, String reason) {
                        failures.add(reason);
                    }

                    @Override
                    public void recordingResumed(RecordingStarted recording) {
                        failures.add("resumed");
                    }
                },
                options,
                new LiveMetrics(meters));
    }

    private static LiveTrack sound(int rate, String config) {
        try {
            AacConfig aac = AacConfig.parse(HexFormat.of().parseHex(config));
            return new LiveTrack(
                    TrackKind.AUDIO,
                    2,
                    rate,
                    AudioFrames.constant(1024),
                    aac,
                    SampleEntries.aac(aac));
        } catch (MediaException e) {
            throw new AssertionError(e);
        }
    }

    /// Three bytes that say their number.
    private static LiveFragment part(int number, int ms) {
        return new LiveFragment(
                TRACKS.getFirst(),
                number,
                0,
                new byte[] {(byte) number, 0, 0},
                0,
                number * ms * 48L,
                ms * 48L,
                (long) number * ms,
                ms,
                true,
                Instant.EPOCH.plusMillis((long) number * ms),
                new LiveSamples(new int[0], new int[0], new int[0], new boolean[0]));
    }

    private static byte[] with(byte[] init, int... more) {
        byte[] all = Arrays.copyOf(init, init.length + more.length);
        for (int i = 0; i < more.length; i++) {
            all[init.length + i] = (byte) more[i];
        }
        return all;
    }

    private byte[] content(BlobKey key) throws IOException {
        return Files.readAllBytes(folder.resolve(key.value()));
    }

    private double recordedBytes() {
        Counter counter = meters.find("millrace.live.recording.bytes").counter();
        return counter == null ? 0 : counter.count();
    }

    private void awaitFinished() {
        await().atMost(Duration.ofSeconds(60)).until(() -> finished.size() == 1);
    }

    @Test
    void leavesNoTraceOfAStreamThatNeverSentAFragment() throws Exception {
        Recordings recordings = recordings(Duration.ZERO);
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        recorder.ended();
        recordings.close(5000);
        assertThat(store().list(BlobKey.of("content"))).isEmpty();
        assertThat(finished).isEmpty();
    }

    @Test
    void aChangedConfigurationGoesOnInANewFileAndAReturnToTheSameDoesNot() throws Exception {
        Recordings recordings = recordings(Duration.ZERO);
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        recorder.fragment(part(1, 500));
        recorder.interrupted();
        recorder.tracks(TRACKS, true);
        recorder.fragment(part(2, 500));
        recorder.tracks(OTHER_TRACKS, true);
        recorder.fragment(part(3, 500));
        recorder.ended();
        awaitFinished();
        RecordingFinished recording = finished.getFirst();
        assertThat(recording.blobKeys())
                .extracting(BlobKey::name)
                .containsExactly("recording.mp4", "recording-2.mp4");
        assertThat(content(recording.blobKeys().getFirst()))
                .isEqualTo(with(INIT, 1, 0, 0, 2, 0, 0));
        assertThat(content(recording.blobKeys().getLast())).isEqualTo(with(OTHER_INIT, 3, 0, 0));
        assertThat(recording.durationMs()).isEqualTo(1500);
        assertThat(recording.sizeBytes()).isEqualTo(INIT.length + OTHER_INIT.length + 9);
        recordings.close(5000);
        assertThat(store().list(BlobKey.of("content/live-open"))).isEmpty();
    }

    @Test
    void aFullDiskKeepsTheLastWholeFragmentAndTheRecordingGoesOnLater() throws Exception {
        Recordings recordings = recordings(Duration.ofMillis(1));
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        recorder.fragment(part(1, 500));
        await().until(() -> !store().list(BlobKey.of("content/live")).isEmpty());
        await().until(() -> recordedBytes() == 3);
        store().full = true;
        recorder.fragment(part(2, 500));
        await().until(() -> !failures.isEmpty());
        assertThat(failures.getFirst()).contains("No space left");
        store().full = false;
        await().pollDelay(Duration.ofMillis(20)).until(() -> true);
        recorder.fragment(part(3, 500));
        recorder.ended();
        awaitFinished();
        RecordingFinished recording = finished.getFirst();
        assertThat(content(recording.blobKeys().getFirst())).isEqualTo(with(INIT, 1, 0, 0));
        assertThat(content(recording.blobKeys().getLast())).isEqualTo(with(INIT, 3, 0, 0));
        assertThat(recording.durationMs()).isEqualTo(1000);
        recordings.close(5000);
    }

    @Test
    void slowStorageLosesPartsAndNeverHoldsTheCallerUp() throws Exception {
        Recordings recordings = recordings(Duration.ZERO);
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        recorder.fragment(part(1, 500));
        await().until(() -> recordedBytes() == 3);
        var gate = new CountDownLatch(1);
        store().gate = gate;
        long start = System.nanoTime();
        for (int i = 2; i < 60; i++) {
            recorder.fragment(part(i, 500));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        assertThat(meters.get("millrace.live.recording.lost").counter().count()).isGreaterThan(30);
        store().gate = null;
        gate.countDown();
        recorder.ended();
        awaitFinished();
        await().until(() -> failures.contains("Storage is too slow for the recording."));
        assertThat(finished.getFirst().durationMs()).isBetween(8000L, 9000L);
        recordings.close(5000);
    }

    @Test
    void aDiskThatIsFullAtTheStartLeavesNoEmptyFile() throws Exception {
        Recordings recordings = recordings(Duration.ofMillis(1));
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        store().full = true;
        recorder.fragment(part(1, 500));
        await().until(() -> !failures.isEmpty());
        assertThat(store().list(BlobKey.of("content/live")))
                .allMatch(key -> key.name().equals("journal.txt"));
        store().full = false;
        await().pollDelay(Duration.ofMillis(20)).until(() -> true);
        recorder.fragment(part(2, 500));
        await().until(() -> failures.contains("resumed"));
        recorder.ended();
        awaitFinished();
        assertThat(finished.getFirst().blobKeys()).hasSize(1);
        assertThat(content(finished.getFirst().blobKeys().getFirst()))
                .isEqualTo(with(INIT, 2, 0, 0));
        recordings.close(5000);
    }

    /// What lies there then is as a killed run left it.
    @Test
    void whatWasLeftIsFinishedAlsoWhenStorageIsAwayAtTheStart(@TempDir Path temporary)
            throws Exception {
        Recordings killed = recordings(Duration.ZERO);
        LiveOutput recorder = killed.record("entry", "1");
        recorder.tracks(TRACKS, false);
        recorder.fragment(part(1, 500));
        await().until(() -> recordedBytes() > 0);
        Path left = temporary.resolve("left");
        copy(folder, left);
        recorder.ended();
        killed.close(5000);

        try (var storage = new SickStore(new LocalBlobStore(left, meters))) {
            assertThat(storage.list(BlobKey.of("content"))).hasSize(3);
            storage.away = true;
            Recordings next =
                    recordings(
                            storage,
                            RecordingOptions.of("node-1")
                                    .withOrphans(
                                            new Orphans(
                                                    Duration.ofMillis(100),
                                                    Duration.ofMillis(500))));
            next.recover();
            storage.away = false;
            // Its fragment is none, so all of it goes.
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> storage.list(BlobKey.of("content")).isEmpty());
            next.close(5000);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Test
    void aRecordingIsSplitByItsLengthWithoutLossAndEachPartIsToldOf() throws Exception {
        Recordings recordings =
                recordings(
                        store(),
                        RecordingOptions.of("node-1")
                                .withSplit(new Split(Duration.ofMillis(1000), 0)));
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        for (int i = 1; i <= 5; i++) {
            recorder.fragment(part(i, 500));
        }
        recorder.ended();
        await().until(() -> finished.size() == 3);
        List<byte[]> contents = new ArrayList<>();
        for (RecordingFinished recording : finished) {
            assertThat(recording.blobKeys()).hasSize(1);
            contents.add(content(recording.blobKeys().getFirst()));
        }
        assertThat(contents)
                .containsExactlyInAnyOrder(
                        with(INIT, 1, 0, 0, 2, 0, 0),
                        with(INIT, 3, 0, 0, 4, 0, 0),
                        with(INIT, 5, 0, 0));
        recordings.close(5000);
        assertThat(store().list(BlobKey.of("content/live-open"))).isEmpty();
    }

    @Test
    void aRecordingIsSplitByItsSize() throws Exception {
        Recordings recordings =
                recordings(
                        store(),
                        RecordingOptions.of("node-1")
                                .withSplit(new Split(Duration.ZERO, INIT.length + 4)));
        LiveOutput recorder = recordings.record("entry", "1");
        recorder.tracks(TRACKS, false);
        for (int i = 1; i <= 4; i++) {
            recorder.fragment(part(i, 500));
        }
        recorder.ended();
        await().until(() -> finished.size() == 2);
        recordings.close(5000);
    }

    @Test
    void storageThatHangsForEverTakesFewThreadsAndHoldsNobodyUp() throws Exception {
        var gate = new CountDownLatch(1);
        try (var guard =
                new VolumeGuard(
                        "recorder-test",
                        new VolumeGuard.Limits(3, 100, Duration.ofMillis(200)),
                        meters)) {
            Recordings recordings =
                    recordings(
                            new GuardedBlobStore(store(), guard),
                            RecordingOptions.of("node-1")
                                    .withStorage(storage(Duration.ofMillis(10))));
            List<LiveOutput> recorders = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                LiveOutput recorder = recordings.record("entry-" + i, "1");
                recorder.tracks(TRACKS, false);
                recorder.fragment(part(1, 500));
                recorders.add(recorder);
            }
            await().until(() -> recordedBytes() == 30);
            store().gate = gate;
            for (int i = 2; i < 30; i++) {
                for (LiveOutput recorder : recorders) {
                    recorder.fragment(part(i, 500));
                }
            }
            await().until(() -> failures.size() >= 10);
            assertThat(
                            Thread.getAllStackTraces().keySet().stream()
                                    .filter(t -> t.getName().startsWith("storage-recorder-test")))
                    .hasSizeLessThanOrEqualTo(3);
            long closing = System.nanoTime();
            recorders.forEach(LiveOutput::ended);
            recordings.close(3000);
            assertThat(Duration.ofNanos(System.nanoTime() - closing))
                    .isLessThan(Duration.ofSeconds(30));
            gate.countDown();
        }
    }

    @Test
    void whatHungGoesOnInANewFileWhenItAnswersAgain() throws Exception {
        var gate = new CountDownLatch(1);
        try (var guard =
                new VolumeGuard(
                        "recorder-back",
                        new VolumeGuard.Limits(4, 100, Duration.ofMillis(200)),
                        meters)) {
            Recordings recordings =
                    recordings(
                            new GuardedBlobStore(store(), guard),
                            RecordingOptions.of("node-1")
                                    .withStorage(storage(Duration.ofMillis(10))));
            LiveOutput recorder = recordings.record("entry", "1");
            recorder.tracks(TRACKS, false);
            recorder.fragment(part(1, 500));
            await().until(() -> recordedBytes() == 3);
            store().gate = gate;
            recorder.fragment(part(2, 500));
            await().until(() -> !failures.isEmpty());
            gate.countDown();
            store().gate = null;
            var number = new AtomicInteger(3);
            await().pollInterval(Duration.ofMillis(100))
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () -> {
                                recorder.fragment(part(number.getAndIncrement(), 500));
                                return failures.contains("resumed");
                            });
            recorder.ended();
            awaitFinished();
            assertThat(finished.getFirst().blobKeys()).hasSize(2);
            assertThat(content(finished.getFirst().blobKeys().getFirst()))
                    .startsWith(with(INIT, 1, 0, 0));
            recordings.close(5000);
        }
    }

    @Test
    void aJournalSaysWhatItWasTold() {
        String text =
                "recording r-1 entry - node-1 2026-01-02T03:04:05Z\n"
                        + RecordingJournal.fileLine("recording.mp4", INIT)
                        + RecordingJournal.fragmentLine(4, 3, 0, 500, true, true)
                        + "fragment nonsense\n"
                        + RecordingJournal.DISCONTINUITY_LINE
                        + RecordingJournal.fragmentLine(7, 3, 500, 480, true, false)
                        + RecordingJournal.fragmentLine(10, 30, 980, 500, true, false)
                        + RecordingJournal.resumedLine(10)
                        + RecordingJournal.fragmentLine(10, 3, 980, 20, false, true)
                        + RecordingJournal.finalLine(980, 10)
                        + "handed-ov";
        RecordingJournal journal = RecordingJournal.parse(text);
        assertThat(journal).isNotNull();
        assertThat(journal.entryId()).isEqualTo("entry");
        assertThat(journal.partnerId()).isEmpty();
        assertThat(journal.files()).hasSize(1);
        assertThat(journal.files().getFirst().fragments())
                .extracting(RecordingJournal.Fragment::durationMs)
                .containsExactly(500L, 480L, 20L);
        assertThat(journal.totals()).isEqualTo(new RecordingJournal.Totals(980, 10));
        assertThat(journal.handedOver()).isFalse(); // its line is torn
        assertThat(RecordingJournal.parse("")).isNull();
        assertThat(RecordingJournal.parse("recording r-1")).isNull();
    }

    /// A real store whose growing files fail or hang when told to.
    private static final class SickStore implements BlobStore {
        private final BlobStore real;
        volatile boolean full;
        volatile boolean away;
        volatile @Nullable CountDownLatch gate;

        SickStore(BlobStore real) {
            this.real = real;
        }

        @Override
        public AppendBlob append(BlobKey key) throws IOException {
            AppendBlob blob = real.append(key);
            return new AppendBlob() {
                @Override
                public BlobKey key() {
                    return blob.key();
                }

                @Override
                public long sizeBytes() {
                    return blob.sizeBytes();
                }

                @Override
                public void append(ByteBuffer source) throws IOException {
                    CountDownLatch closed = gate;
                    if (closed != null) {
                        try {
                            closed.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }
                    if (full && key().name().endsWith(".mp4")) {
                        // As a real disk does: a part of it gets through.
                        blob.append(source.slice(source.position(), 1));
                        throw new IOException("No space left on device");
                    }
                    blob.append(source);
                }

                @Override
                public void sync() throws IOException {
                    blob.sync();
                }

                @Override
                public void truncate(long sizeBytes) throws IOException {
                    blob.truncate(sizeBytes);
                }

                @Override
                public void close() throws IOException {
                    blob.close();
                }
            };
        }

        @Override
        public BlobReader open(BlobKey key) throws IOException {
            return real.open(key);
        }

        @Override
        public Optional<BlobInfo> stat(BlobKey key) throws IOException {
            return real.stat(key);
        }

        @Override
        public BlobWriter create(BlobKey key) throws IOException {
            return real.create(key);
        }

        @Override
        public void publish(Path file, BlobKey key) throws IOException {
            real.publish(file, key);
        }

        @Override
        public boolean delete(BlobKey key) throws IOException {
            return real.delete(key);
        }

        @Override
        public List<BlobKey> list(BlobKey prefix) throws IOException {
            if (away) {
                throw new IOException("the bucket is away");
            }
            return real.list(prefix);
        }

        @Override
        public void move(BlobKey source, BlobKey target) throws IOException {
            real.move(source, target);
        }

        @Override
        public Optional<Path> localPath(BlobKey key) throws IOException {
            return real.localPath(key);
        }

        @Override
        public Path newStagingFolder(String purpose) throws IOException {
            return real.newStagingFolder(purpose);
        }

        @Override
        public void checkWritable() throws IOException {
            real.checkWritable();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
