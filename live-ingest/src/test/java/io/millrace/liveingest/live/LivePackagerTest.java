package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/// Which units go into which part and segment, and what the window makes of them.
class LivePackagerTest {
    /// Of a 320x180 stream of x264.
    private static final byte[] AVCC =
            HexFormat.of()
                    .parseHex(
                            "01f4000dffe1001d67f4000d90d96405067e37016a0c0c0c800000030080"
                                    + "00001e478a152401000668ebcc448440");

    private static final byte[] AAC_48K = HexFormat.of().parseHex("1190");
    private static final WallTime WALL = Instant.parse("2026-01-01T00:00:00Z")::plusMillis;

    private final List<LiveFragment> parts = new ArrayList<>();
    private final List<List<LiveFragment>> segments = new ArrayList<>();
    private final List<LiveFragment> audioParts = new ArrayList<>();
    private final List<Long> audioSegmentEnds = new ArrayList<>();
    private final List<String> marks = new ArrayList<>();
    private final LivePresentation presentation =
            new LivePresentation(
                    "entry",
                    100,
                    new LiveWindowOptions(
                            6, 1 << 30, Duration.ofSeconds(4), Duration.ofMillis(500)),
                    Runnable::run,
                    () -> marks.add("playable"),
                    _ -> {});
    private final RenditionWindow window = presentation.add("1", WALL);
    private final LivePackager packager =
            new LivePackager(
                    "entry",
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(4),
                    Duration.ofMillis(500),
                    100,
                    WALL,
                    new LiveMetrics(new SimpleMeterRegistry()),
                    List.of(new Collected(), window));

    /// Parts and segments of the leading track; the audio beside video in a list of its own.
    private final class Collected implements LiveOutput {
        private boolean video;

        @Override
        public void tracks(List<LiveTrack> tracks, boolean discontinuity) {
            marks.add(discontinuity ? "tracks again" : "tracks");
            video = tracks.getFirst().isVideo();
        }

        @Override
        public void fragment(LiveFragment fragment) {
            (fragment.track().isVideo() == video ? parts : audioParts).add(fragment);
        }

        @Override
        public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {
            if (track.isVideo() == video) {
                int before = segments.stream().mapToInt(List::size).sum();
                segments.add(List.copyOf(parts.subList(before, parts.size())));
            } else {
                audioSegmentEnds.add(endMs);
            }
        }

        @Override
        public void discontinuity(long segment) {
            marks.add("discontinuity");
        }

        @Override
        public void interrupted() {}

        @Override
        public void ended() {}
    }

    private void start(boolean audio) {
        packager.tracks(
                new StreamTracks(
                        new Configured(FlvCodec.AVC, AVCC),
                        audio ? new Configured(FlvCodec.AAC, AAC_48K) : null),
                false);
    }

    private void unit(TrackKind kind, boolean key, long ms, int composition, int size) {
        ByteBuf data = Unpooled.buffer().writeZero(size);
        packager.unit(new AccessUnit(kind, key, ms, composition, data));
        data.release();
    }

    private void video(boolean key, long ms) {
        unit(TrackKind.VIDEO, key, ms, 0, 100);
    }

    private static long milliseconds(List<LiveFragment> segment) {
        return segment.stream().mapToLong(LiveFragment::durationMs).sum();
    }

    @Test
    void segmentsEndAtTheFirstKeyFrameAfterTheTarget() {
        start(false);
        for (int i = 0; i < 25 * 10; i++) {
            video(i % 25 == 0, i * 40L);
        }
        packager.ended();
        assertThat(segments).extracting(LivePackagerTest::milliseconds).containsOnly(2000L);
        assertThat(segments).hasSize(5);
        assertThat(segments).allMatch(segment -> segment.getFirst().independent());
        assertThat(parts).allMatch(part -> part.durationMs() <= 500);
    }

    @Test
    void withoutKeyFramesSegmentsAreCutBeforeTheTargetDurationBreaks() {
        start(false);
        for (int i = 0; i < 25 * 20; i++) {
            video(i == 0, i * 40L);
        }
        packager.ended();
        assertThat(segments).allMatch(segment -> milliseconds(segment) <= 4000);
        assertThat(segments.get(1).getFirst().independent()).isFalse();
    }

    @Test
    void aStalledEncoderDoesNotStretchASegment() {
        start(false);
        for (int i = 0; i < 50; i++) {
            video(i % 25 == 0, i * 40L);
        }
        for (int i = 0; i < 50; i++) {
            video(i % 25 == 0, 9000 + i * 40L);
        }
        packager.ended();
        assertThat(segments).allMatch(segment -> milliseconds(segment) <= 4000);
        assertThat(marks).contains("discontinuity");
    }

    /// Parts tile the time line, and each holds what its `trun`s say.
    @Test
    void anyStreamComesOutWholeInPartsThatTileTheTimeLine() {
        for (int seed = 0; seed < 20; seed++) {
            parts.clear();
            audioParts.clear();
            audioSegmentEnds.clear();
            segments.clear();
            var random = new Random(seed);
            start(true);
            int videoUnits = 0;
            int audioUnits = 0;
            long bytes = 0;
            double audioMs = 0;
            for (int i = 0; i < 400; i++) {
                long ms = Math.round(i * 1000 / 29.97);
                while (audioMs <= ms) {
                    int size = 1 + random.nextInt(400);
                    unit(TrackKind.AUDIO, true, Math.round(audioMs), 0, size);
                    bytes += size;
                    audioUnits++;
                    audioMs += 1024 / 48.0;
                }
                int size = 1 + random.nextInt(5000);
                unit(TrackKind.VIDEO, i % 60 == 0, ms, 33 * random.nextInt(3), size);
                bytes += size;
                videoUnits++;
            }
            packager.interrupted();
            assertThat(samples(parts)).isEqualTo(videoUnits);
            assertThat(samples(audioParts)).isEqualTo(audioUnits);
            assertThat(payload(parts) + payload(audioParts)).isEqualTo(bytes);
            assertThat(audioParts).allMatch(part -> part.durationMs() <= 501);
            // Sound is cut where pictures are, to its frame.
            for (LiveFragment part : audioParts) {
                long end =
                        audioSegmentEnds.get((int) (part.segment() - parts.getFirst().segment()));
                if (part.segment() < parts.getLast().segment()) {
                    assertThat(part.startMs()).isLessThan(end);
                    assertThat(part.startMs() + part.durationMs()).isLessThanOrEqualTo(end + 22);
                }
            }
        }
    }

    private static int samples(List<LiveFragment> fragments) {
        return fragments.stream().mapToInt(fragment -> fragment.samples().count()).sum();
    }

    /// Of fragments that follow each other, looked at box by box.
    private static long payload(List<LiveFragment> fragments) {
        long payload = 0;
        for (int i = 0; i < fragments.size(); i++) {
            LiveFragment part = fragments.get(i);
            if (i > 0) {
                LiveFragment before = fragments.get(i - 1);
                assertThat(part.startTicks())
                        .isEqualTo(before.startTicks() + before.durationTicks());
                assertThat(part.startMs()).isEqualTo(before.startMs() + before.durationMs());
            }
            ByteBuffer box = ByteBuffer.wrap(part.bytes());
            int moof = box.getInt(0);
            assertThat(box.getInt(moof)).isEqualTo(part.bytes().length - moof);
            assertThat(part.payloadOffset()).isEqualTo(moof + 8);
            payload += part.bytes().length - moof - 8;
        }
        return payload;
    }

    @Test
    void theWindowsNumbersNeverGoBack() {
        start(false);
        long sequence = 0;
        for (int i = 0; i < 25 * 60; i++) {
            video(i % 25 == 0, i * 40L);
            if (i % 500 == 499) {
                // A new publisher, with the same configuration.
                packager.interrupted();
                packager.tracks(new StreamTracks(new Configured(FlvCodec.AVC, AVCC), null), true);
            }
            TrackWindow.View view = requireNonNull(window.window("v1")).view();
            long newest = view.kept().isEmpty() ? 0 : view.kept().getLast().sequence();
            assertThat(newest).isGreaterThanOrEqualTo(sequence);
            sequence = newest;
        }
        assertThat(sequence).isGreaterThan(100);
        TrackWindow.View view = requireNonNull(window.window("v1")).view();
        assertThat(view.inits()).hasSize(1);
        assertThat(view.kept()).hasSizeLessThanOrEqualTo(12);
        assertThat(presentation.nextSequence()).isEqualTo(sequence + 1);
        assertThat(marks.stream().filter("playable"::equals)).hasSize(1);
    }

    @Test
    void aTrackThatComesBackHasNoHoleInItsNumbers() {
        long ms = 0;
        for (boolean audio : new boolean[] {true, false, true}) {
            start(audio);
            for (int i = 0; i < 25 * 6; i++, ms += 40) {
                video(i % 25 == 0, ms);
                if (audio) {
                    unit(TrackKind.AUDIO, true, ms, 0, 50);
                    unit(TrackKind.AUDIO, true, ms + 21, 0, 50);
                }
            }
        }
        packager.interrupted();
        for (String id : List.of("v1", "a1")) {
            List<LiveSegment> kept = requireNonNull(window.window(id)).view().kept();
            for (int i = 1; i < kept.size(); i++) {
                assertThat(kept.get(i).sequence()).isEqualTo(kept.get(i - 1).sequence() + 1);
            }
            LiveSegment last = kept.getLast();
            assertThat(requireNonNull(window.window(id)).view().segment(last.sequence()))
                    .isEqualTo(last);
        }
        assertThat(requireNonNull(window.audio()).view().kept().getLast().sequence())
                .isEqualTo(requireNonNull(window.video()).view().kept().getLast().sequence());
    }
}
