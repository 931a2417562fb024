package io.millrace.delivery.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.flac.FlacConfig;
import io.millrace.delivery.codec.vp9.Vp9Config;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SegmentPlanTest {
    private static final PackagingOptions SIX_SECONDS = new PackagingOptions(Duration.ofSeconds(6));

    @Test
    void cutsAtKeyFramesAndJoinsAShortTail() throws Exception {
        // 25 pictures a second, a key frame every 2 s, 12.2 s; audio 20 ms longer.
        Track video = video(25, 1, 305, 50, 0);
        Track audio = audio(48_000, 1024, 573, 0);
        SegmentPlan plan = plan(video, audio);
        assertThat(plan.count()).isEqualTo(2);
        assertThat(plan.cut(1)).isEqualTo(150);
        assertThat(plan.targetDurationSeconds()).isEqualTo(6);
        assertThat(plan.isAligned()).isTrue();
    }

    @Test
    void renditionsThatDisagreeAreCutWhereTheyAgree() throws Exception {
        Track everySecond = video(25, 1, 1500, 25, 0);
        Track everyFour = video(50, 1, 3000, 200, 0);
        SegmentPlan plan = plan(everySecond, everyFour);
        assertThat(plan.isAligned()).isTrue();
        for (int k = 1; k < plan.count(); k++) {
            assertThat(plan.cut(k) % 100).isZero(); // multiples of four seconds
        }
        SegmentPlan never = plan(video(25, 1, 1500, 50, 0), video(25, 1, 1500, 1500, 0));
        assertThat(never.isAligned()).isFalse();
        assertThat(never.count()).isGreaterThan(5);
    }

    @Test
    void soundThatOutlastsThePicturesIsCutOn() throws Exception {
        SegmentPlan plan = plan(video(25, 1, 250, 50, 0), audio(48_000, 1024, 2_812, 0));
        assertThat(plan.totalSeconds()).isBetween(59.9, 60.0);
        for (int k = 0; k < plan.count(); k++) {
            assertThat(plan.durationSeconds(k)).isBetween(0.3, 10.0);
        }
    }

    @Test
    void anySampleTableIsTiled() throws Exception {
        Random random = new Random(42);
        for (int round = 0; round < 2_000; round++) {
            List<Track> tracks = new ArrayList<>();
            int videos = random.nextInt(3);
            for (int v = 0; v < videos; v++) {
                int timescale = random.nextBoolean() ? 90_000 : 1 + random.nextInt(30_000);
                int delta = Math.max(1, timescale / (1 + random.nextInt(60)));
                tracks.add(
                        video(
                                timescale,
                                delta,
                                1 + random.nextInt(2_000),
                                1 + random.nextInt(300),
                                (random.nextInt(5) - 2L) * delta));
            }
            if (videos == 0 || random.nextBoolean()) {
                tracks.add(
                        audio(
                                44_100,
                                1024,
                                1 + random.nextInt(3_000),
                                random.nextInt(4_000) - 2_000));
            }
            MediaSet set = set(tracks.toArray(Track[]::new));
            SegmentPlan plan = set.plan();
            for (int k = 0; k < plan.count(); k++) {
                assertThat(plan.durationTicks(k)).isPositive();
                assertThat(Timescale.rescale(plan.durationTicks(k), plan.timescale(), 1))
                        .isLessThanOrEqualTo(plan.targetDurationSeconds());
            }
            List<TrackPick> picks = new ArrayList<>(set.videos());
            picks.addAll(set.audios());
            for (TrackPick pick : picks) {
                PlannedTrack track = set.planned(pick);
                Rendition rendition =
                        pick.track().isVideo()
                                ? new Rendition(pick, null)
                                : new Rendition(null, pick);
                long[] sizes = set.segmentSizes(rendition, SegmentFormat.FMP4);
                long next = -1;
                for (int k = 0; k < plan.count(); k++) {
                    assertThat(track.end(k)).isGreaterThanOrEqualTo(track.first(k));
                    if (track.isEmpty(k)) {
                        continue;
                    }
                    assertThat(pick.track().samples().isSync(track.first(k))).isTrue();
                    long start = track.fragmentDecodeTime(track.first(k));
                    assertThat(start).isGreaterThanOrEqualTo(0);
                    if (next >= 0) {
                        assertThat(start).isEqualTo(next);
                    }
                    next =
                            track.fragmentDecodeTime(track.end(k) - 1)
                                    + pick.track().samples().duration(track.end(k) - 1);
                    assertThat(FragmentedSegment.of(set, rendition, k).sizeBytes())
                            .isEqualTo(sizes[k]);
                }
                assertThat(track.end(plan.count() - 1)).isEqualTo(pick.track().samples().count());
            }
        }
    }

    private static SegmentPlan plan(Track... tracks) throws Exception {
        return set(tracks).plan();
    }

    private static MediaSet set(Track... tracks) throws Exception {
        List<MediaSource> sources = new ArrayList<>();
        for (Track track : tracks) {
            sources.add(
                    MediaSource.of(
                            new MediaIndex(List.of(track), Long.MAX_VALUE, false),
                            sources.size() + 1));
        }
        return MediaSet.of(sources, SIX_SECONDS);
    }

    private static Track video(int timescale, int delta, int count, int gop, long shift) {
        int[] sync = new int[(count + gop - 1) / gop];
        for (int i = 0; i < sync.length; i++) {
            sync[i] = i * gop;
        }
        return track(
                TrackKind.VIDEO,
                new Vp9Config(0, 30, 8, ColorInfo.UNSPECIFIED),
                timescale,
                delta,
                count,
                gop == 1 ? null : sync,
                shift);
    }

    private static Track audio(int timescale, int delta, int count, long shift) {
        return track(
                TrackKind.AUDIO,
                new FlacConfig(timescale, 2),
                timescale,
                delta,
                count,
                null,
                shift);
    }

    private static Track track(
            TrackKind kind,
            CodecConfig codec,
            int timescale,
            int delta,
            int count,
            int @org.jspecify.annotations.Nullable [] sync,
            long shift) {
        SampleTable samples =
                new SampleTable(
                        count,
                        100,
                        null,
                        new int[] {0},
                        new long[] {0},
                        new int[] {delta},
                        null,
                        new long[] {1_000},
                        new int[] {0},
                        sync);
        return new Track(
                1,
                kind,
                1,
                codec,
                timescale,
                "und",
                shift,
                samples.endTime() + shift,
                320,
                240,
                io.millrace.delivery.media.Rotation.NONE,
                new byte[8],
                0,
                false,
                samples);
    }
}
