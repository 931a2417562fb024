package io.millrace.liveingest.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LivePackager;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.record.RecordingOptions;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.RecordingStarted;
import io.millrace.liveingest.record.Recordings;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.millrace.storage.blob.LocalBlobStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/// Streams that are long, or whose clocks misbehave, from an encoder's timestamps to the index of
/// what was recorded. Time is simulated, so a day takes seconds.
class LongRecordingTest {
    private static final int HOURS = 24;
    private static final byte[] AVCC =
            HexFormat.of()
                    .parseHex(
                            "01f4000dffe1001d67f4000d90d96405067e37016a0c0c0c800000030080"
                                    + "00001e478a152401000668ebcc448440");
    private static final byte[] AAC_44K = HexFormat.of().parseHex("1210");
    private static final long WRAP = 1L << 32;

    @TempDir Path folder;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<RecordingFinished> finished = new CopyOnWriteArrayList<>();
    private final StreamClock clock = new StreamClock(Clock.systemUTC());
    private final StreamTimeline line = new StreamTimeline(clock);
    private final ByteBuf data = Unpooled.buffer().writeInt(1).writeByte(0x65);
    private long produced;
    private LocalBlobStore blobs;
    private Recordings recordings;
    private LivePackager packager;

    @BeforeEach
    void open() throws IOException {
        blobs = new LocalBlobStore(folder, meters);
        var metrics = new LiveMetrics(meters);
        recordings =
                new Recordings(
                        blobs,
                        new RecordingSink() {
                            @Override
                            public void recordingStarted(RecordingStarted recording) {}

                            @Override
                            public void recordingFinished(RecordingFinished recording) {
                                finished.add(recording);
                            }
                        },
                        RecordingOptions.of("node-1"),
                        metrics);
        packager =
                new LivePackager(
                        "entry",
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofMillis(500),
                        1,
                        clock::wallTime,
                        metrics,
                        List.of(recordings.record("entry", "1"), new Paced()));
        packager.tracks(
                new StreamTracks(
                        new Configured(FlvCodec.AVC, AVCC), new Configured(FlvCodec.AAC, AAC_44K)),
                false);
    }

    @AfterEach
    void close() {
        recordings.close(1000);
        blobs.close();
        data.release();
    }

    /// Keeps the simulation behind the recorder, which takes 8 s of media at most.
    private final class Paced implements LiveOutput {
        @Override
        public void tracks(List<LiveTrack> tracks, boolean discontinuity) {}

        @Override
        public void fragment(LiveFragment fragment) {
            produced += fragment.bytes().length;
            while (produced - recorded() > 1500) {
                LockSupport.parkNanos(20_000);
            }
        }

        @Override
        public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {}

        @Override
        public void discontinuity(long segment) {}

        @Override
        public void interrupted() {}

        @Override
        public void ended() {}
    }

    private double recorded() {
        Counter counter = meters.find("millrace.live.recording.bytes").counter();
        return counter == null ? 0 : counter.count();
    }

    private void unit(TrackKind kind, boolean key, long raw, int composition, long wallMs) {
        long ms = line.place(kind == TrackKind.VIDEO ? 0 : 1, raw % WRAP, composition, wallMs);
        if (line.jumped()) {
            packager.clockJumped();
        }
        packager.unit(new AccessUnit(kind, key, ms, composition, data));
    }

    private MediaIndex finish() throws Exception {
        packager.ended();
        await().atMost(Duration.ofSeconds(60)).until(() -> finished.size() == 1);
        assertThat(finished.getFirst().blobKeys()).hasSize(1);
        try (var reader = blobs.open(finished.getFirst().blobKeys().getFirst())) {
            return MediaIndexReader.read(reader);
        }
    }

    private static double seconds(Track track, int sample) {
        return (double) track.samples().decodeTime(sample) / track.timescale();
    }

    /// NTSC's frame rate and 44.1 kHz, in whole ms as FLV has them, over the wrap of 32 bits.
    @Test
    void aLongStreamStaysInStepToAFrame() throws Exception {
        double frame = 1001 / 6000.0; // a sixth of a second and a bit
        double sound = 1024 / 44_100.0;
        long start = WRAP - Duration.ofMinutes(20).toMillis();
        int frames = (int) (HOURS * 3600 / frame);
        int sounds = 0;
        for (int i = 0; i < frames; i++) {
            double now = i * frame;
            for (; sounds * sound <= now; sounds++) {
                long ms = (long) (sounds * sound * 1000);
                unit(TrackKind.AUDIO, true, start + ms, 0, ms);
            }
            long ms = (long) (now * 1000);
            unit(TrackKind.VIDEO, i % 12 == 0, start + ms, i % 3 == 0 ? 167 : 0, ms);
        }
        MediaIndex index = finish();
        Track video = Objects.requireNonNull(index.firstVideo());
        Track audio = Objects.requireNonNull(index.firstAudio());
        assertThat(video.samples().count()).isEqualTo(frames);
        assertThat(audio.samples().count()).isEqualTo(sounds);
        for (int i = 0; i < frames; i += 1 + frames / 5000) {
            assertThat(seconds(video, i)).isBetween(i * frame - 0.002, i * frame + 0.002);
        }
        for (int i = 0; i < sounds; i += 1 + sounds / 5000) {
            assertThat(seconds(audio, i)).isBetween(i * sound - sound, i * sound + sound);
        }
    }

    /// @param wall what the wall clock says while the encoder's clock steps from 10 s to `to`
    private MediaIndex stepped(long to, long wall, int composition) throws Exception {
        for (int half = 0; half < 2; half++) {
            long raw = 100_000 + (half == 0 ? 0 : to);
            long now = half == 0 ? 0 : wall;
            int sounds = 0;
            for (int i = 0; i < 250; i++) {
                for (; sounds * 23.22 <= i * 40; sounds++) {
                    long ms = (long) (sounds * 23.22);
                    unit(TrackKind.AUDIO, true, raw + ms, 0, now + ms);
                }
                unit(TrackKind.VIDEO, i % 25 == 0, raw + i * 40L, composition, now + i * 40L);
            }
        }
        return finish();
    }

    /// Every frame of both halves is there, and the halves' first sound and picture coincide.
    private static double join(MediaIndex index) {
        Track video = Objects.requireNonNull(index.firstVideo());
        Track audio = Objects.requireNonNull(index.firstAudio());
        assertThat(video.samples().count()).isEqualTo(500);
        int sounds = audio.samples().count() / 2;
        for (Track track : List.of(video, audio)) {
            for (int i = 1; i < track.samples().count(); i++) {
                assertThat(seconds(track, i)).isGreaterThan(seconds(track, i - 1));
            }
        }
        assertThat(seconds(video, 250) - seconds(audio, sounds)).isBetween(-0.040, 0.040);
        return seconds(video, 250);
    }

    @Test
    void anEncoderThatStoodStillForTenMinutesLeavesAHole() throws Exception {
        assertThat(join(stepped(610_000, 610_000, 40))).isBetween(609.9, 610.1);
    }

    @Test
    void aClockThatJumpsForwardLeavesNone() throws Exception {
        assertThat(join(stepped(610_000, 10_000, 40))).isBetween(9.9, 10.2);
    }

    @Test
    void aClockThatJumpsBackGoesOn() throws Exception {
        assertThat(join(stepped(-30_000, 10_000, 40))).isBetween(9.9, 10.2);
    }

    @Test
    void negativeCompositionIsKept() throws Exception {
        MediaIndex index = stepped(10_000, 10_000, -40);
        assertThat(join(index)).isBetween(9.9, 10.1);
        Track video = Objects.requireNonNull(index.firstVideo());
        assertThat(video.presentationTime(100) - video.presentationTime(99))
                .isEqualTo(video.timescale() / 25);
        assertThat(video.samples().compositionOffset(7) - video.samples().lowestCompositionOffset())
                .isZero();
    }
}
