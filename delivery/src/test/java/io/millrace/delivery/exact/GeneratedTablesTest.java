package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.SyntheticTracks;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSegment;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.PlannedTrack;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentBody;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.packaging.TsSegment;
import io.netty.buffer.ByteBufAllocator;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Whatever a file's tables say: segments tile the timeline, sizes are what is written, and time
/// that is told in other ticks does not drift.
class GeneratedTablesTest {
    private static final int FILE_BYTES = 1 << 20;
    private static final int[] TIMESCALES = {600, 1000, 12_800, 24_000, 30_000, 44_100, 90_000};

    private final Random random = new Random(22);
    private final List<BytesBlobReader> files = new ArrayList<>();

    @Test
    void segmentsTileAndSizesAreWhatIsWritten() throws Exception {
        for (int round = 0; round < 60; round++) {
            files.clear();
            List<MediaSource> sources = new ArrayList<>();
            int renditions = 1 + random.nextInt(3);
            Track video = video();
            Track audio = audio();
            for (int i = 0; i < renditions; i++) {
                byte[] bytes = new byte[FILE_BYTES];
                random.nextBytes(bytes);
                files.add(new BytesBlobReader(bytes));
                sources.add(
                        MediaSource.of(
                                new MediaIndex(
                                        List.of(i == 0 ? video : sameTimes(video), audio),
                                        FILE_BYTES,
                                        false),
                                i + 1));
            }
            MediaSet set =
                    MediaSet.of(
                            sources,
                            new PackagingOptions(Duration.ofMillis(500 + random.nextInt(4_000))));
            assertThat(set.plan().isAligned()).isTrue();
            for (TrackPick pick : set.videos()) {
                tiles(set, set.planned(pick));
            }
            for (TrackPick pick : set.audios()) {
                tiles(set, set.planned(pick));
            }
            sizes(set);
        }
    }

    private static void tiles(MediaSet set, PlannedTrack planned) {
        int count = set.plan().count();
        SampleTable samples = planned.track().samples();
        assertThat(planned.end(count - 1)).isEqualTo(samples.count());
        for (int k = 0; k < count; k++) {
            assertThat(set.plan().durationTicks(k)).isPositive();
            if (k > 0) {
                assertThat(planned.first(k)).isEqualTo(planned.end(k - 1));
            }
            if (!planned.isEmpty(k)) {
                assertThat(samples.isSync(planned.first(k))).isTrue();
            }
            if (k > 0 && !planned.isEmpty(k) && !planned.isEmpty(k - 1)) {
                long before = planned.fragmentDecodeTime(planned.first(k - 1));
                long ticks = 0;
                for (int i = planned.first(k - 1); i < planned.end(k - 1); i++) {
                    ticks += samples.duration(i);
                }
                assertThat(planned.fragmentDecodeTime(planned.first(k))).isEqualTo(before + ticks);
            }
        }
    }

    private void sizes(MediaSet set) throws Exception {
        for (String name : new String[] {"index-f1-v1-a1.m3u8", "index-f1-a1.m3u8"}) {
            Rendition rendition =
                    set.rendition(MediaRequestName.parse(name).orElseThrow()).orElseThrow();
            for (SegmentFormat format : SegmentFormat.values()) {
                long[] sizes = set.segmentSizes(rendition, format);
                for (int k = 0; k < set.plan().count(); k++) {
                    if (set.isEmpty(rendition, k)) {
                        continue;
                    }
                    MediaSegment segment =
                            format == SegmentFormat.TS
                                    ? TsSegment.of(set, rendition, k)
                                    : FragmentedSegment.of(set, rendition, k);
                    SegmentBody body = segment.write(ByteBufAllocator.DEFAULT, files);
                    long written = 0;
                    for (SegmentBody.Part part : body.parts()) {
                        written += part.sizeBytes();
                    }
                    body.release();
                    assertThat(written).isEqualTo(segment.sizeBytes()).isEqualTo(sizes[k]);
                }
            }
        }
    }

    @Test
    void timeInOtherTicksNeverDrifts() {
        for (int round = 0; round < 2_000; round++) {
            int from = 1 + random.nextInt(200_000);
            int to = 1 + random.nextInt(200_000);
            long time = random.nextLong(1L << 40);
            long there = Timescale.rescale(time, from, to);
            // Half a tick at most, however far from 0.
            assertThat(Math.abs((double) there / to - (double) time / from))
                    .isLessThanOrEqualTo(0.5 / to + 1e-6);
            long step = 1 + random.nextInt(5_000);
            long sum = there;
            for (int i = 0; i < 50; i++) {
                sum +=
                        Timescale.rescale(time + (i + 1) * step, from, to)
                                - Timescale.rescale(time + i * step, from, to);
            }
            assertThat(sum).isEqualTo(Timescale.rescale(time + 50 * step, from, to));
        }
    }

    /// Pictures at a variable rate, with reordering, in chunks of any length.
    private Track video() throws Exception {
        int timescale = TIMESCALES[random.nextInt(TIMESCALES.length)];
        int delta = Math.max(1, timescale / (10 + random.nextInt(50)));
        int count = 50 + random.nextInt(400);
        int group = 5 + random.nextInt(60);
        int[] sync = new int[(count + group - 1) / group];
        for (int i = 0; i < sync.length; i++) {
            sync[i] = i * group;
        }
        int[] offsets = new int[count];
        for (int i = 0; i < count; i++) {
            // Behind a key frame nothing is shown before it.
            offsets[i] = 2 * delta + (i % group == 0 ? 0 : delta * random.nextInt(3));
        }
        Track like = SyntheticTracks.avc(64, 48, 1, 100);
        return track(like, timescale, delta, count, offsets, sync, -2L * delta);
    }

    private Track audio() throws Exception {
        int rate = random.nextBoolean() ? 48_000 : 44_100;
        Track like = SyntheticTracks.aac("eng", 1);
        return track(like, rate, 1024, 50 + random.nextInt(700), null, null, -1024);
    }

    /// The same pictures in other sizes.
    private Track sameTimes(Track video) {
        int count = video.samples().count();
        int[] offsets = new int[count];
        int[] sync = new int[video.samples().syncCount()];
        for (int i = 0; i < count; i++) {
            offsets[i] = video.samples().compositionOffset(i);
        }
        for (int n = 0; n < sync.length; n++) {
            sync[n] = video.samples().syncSample(n);
        }
        return track(
                video,
                video.timescale(),
                video.samples().duration(0),
                count,
                offsets,
                sync,
                video.presentationShift());
    }

    private Track track(
            Track like,
            int timescale,
            int delta,
            int count,
            int @org.jspecify.annotations.Nullable [] offsets,
            int @org.jspecify.annotations.Nullable [] sync,
            long shift) {
        int[] sizes = new int[count];
        for (int i = 0; i < count; i++) {
            sizes[i] = 6 + random.nextInt(random.nextInt(8) == 0 ? 3_000 : 300);
        }
        List<Integer> firsts = new ArrayList<>();
        for (int i = 0; i < count; i += 1 + random.nextInt(12)) {
            firsts.add(i);
        }
        int[] chunkFirst = firsts.stream().mapToInt(Integer::intValue).toArray();
        long[] chunkOffsets = new long[chunkFirst.length];
        for (int c = 0; c < chunkOffsets.length; c++) {
            chunkOffsets[c] = random.nextInt(FILE_BYTES - 12 * 3_100);
        }
        SampleTable samples =
                new SampleTable(
                        count,
                        0,
                        sizes,
                        new int[] {0},
                        new long[] {0},
                        new int[] {delta},
                        offsets,
                        chunkOffsets,
                        chunkFirst,
                        sync);
        return new Track(
                like.id(),
                like.kind(),
                like.number(),
                like.codec(),
                timescale,
                like.language(),
                shift,
                samples.endTime(),
                like.displayWidth(),
                like.displayHeight(),
                Rotation.NONE,
                like.sampleEntry(),
                like.nalLengthSize(),
                false,
                samples);
    }
}
