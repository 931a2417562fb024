package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.PlannedTrack;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SegmentPlan;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves a file as MPEG-TS, muxed fMP4 and DASH, reads the segments' structure, and holds what
/// they decode to against what the source decodes to.
final class ExactCheck {
    private static final Pattern ENTRY = Pattern.compile("#EXTINF:([0-9.]+),\n([^#\n]+)\n");
    private static final byte[] NOTHING = {};

    private final ServedMedia served;
    private final DecodedMedia source;
    private final boolean video;
    private final boolean audio;
    private boolean ts = true;
    private boolean holes;
    private boolean openGops;
    private boolean audioSamples = true;
    private boolean cutAtEnd;
    private long movedNs;
    private long videoLateNs;
    private final int videoNumber;
    private final int audioNumber;

    ExactCheck(Path folder, Path file) throws Exception {
        this(folder, file, 1, 1);
    }

    /// @param videoNumber of the track, from 1, where there is video
    ExactCheck(Path folder, Path file, int videoNumber, int audioNumber) throws Exception {
        this.videoNumber = videoNumber;
        this.audioNumber = audioNumber;
        served = new ServedMedia(folder, Duration.ofSeconds(1), file);
        video = !served.clip.set.videos().isEmpty();
        audio = !served.clip.set.audios().isEmpty();
        source = DecodedMedia.of(file, video ? videoNumber - 1 : -1, audio ? audioNumber - 1 : -1);
        if (video) {
            assertThat(source.pictures()).as("pictures of the source").isNotEmpty();
        }
        if (audio) {
            assertThat(source.pcm().length).as("samples of the source").isPositive();
        }
    }

    /// The codecs do not travel in MPEG-TS.
    ExactCheck withoutTs() {
        ts = false;
        return this;
    }

    /// Decode times of the source have holes.
    ExactCheck withHoles() {
        holes = true;
        return this;
    }

    /// Segments may start with a picture that later ones are shown before.
    ExactCheck withOpenGops() {
        openGops = true;
        return this;
    }

    /// The audio decoder's output is not compared sample by sample, only its times.
    ExactCheck withoutAudioSamples() {
        audioSamples = false;
        return this;
    }

    /// The whole presentation is served this much earlier than the source says.
    ExactCheck movedBy(Duration time) {
        movedNs = time.toNanos();
        return this;
    }

    /// An edit list ends the presentation before the samples end.
    ExactCheck cutAtTheEnd() {
        cutAtEnd = true;
        return this;
    }

    /// ffmpeg shows the source's pictures this much later than its tables say: it does so where
    /// fragments have negative composition offsets.
    ExactCheck sourcePicturesReadLateBy(Duration time) {
        videoLateNs = time.toNanos();
        return this;
    }

    ServedMedia served() {
        return served;
    }

    void run() throws Exception {
        String tracks = (video ? "-v" + videoNumber : "") + (audio ? "-a" + audioNumber : "");
        segmentsTile();
        if (ts) {
            transportStream(tracks);
        }
        fragments("muxed", tracks, "seg-%d" + tracks + ".m4s", video, audio);
        if (video) {
            String tokens = "-v" + videoNumber + "-x3";
            fragments("dash-v", tokens, "fragment-%d" + tokens + ".m4s", true, false);
        }
        if (audio) {
            String tokens = "-a" + audioNumber + "-x3";
            fragments("dash-a", tokens, "fragment-%d" + tokens + ".m4s", false, true);
        }
    }

    private void segmentsTile() {
        List<PlannedTrack> all = new ArrayList<>();
        served.clip.set.videos().forEach(pick -> all.add(served.clip.set.planned(pick)));
        served.clip.set.audios().forEach(pick -> all.add(served.clip.set.planned(pick)));
        int count = served.clip.set.plan().count();
        for (PlannedTrack track : all) {
            assertThat(track.end(count - 1)).isEqualTo(track.track().samples().count());
            for (int k = 0; k < count; k++) {
                assertThat(track.end(k)).isGreaterThanOrEqualTo(track.first(k));
                if (!track.isEmpty(k)) {
                    assertThat(track.track().samples().isSync(track.first(k))).isTrue();
                }
            }
        }
    }

    private void transportStream(String tracks) throws Exception {
        String pattern = "seg-%d" + tracks + ".ts";
        Map<Integer, byte[]> segments = served.segments(pattern);
        TsInspector inspector = new TsInspector();
        segments.values().forEach(inspector::segment);
        served.sameInAnyOrder(pattern, segments);
        String playlist = served.clip.text("index" + tracks + ".m3u8", SegmentFormat.TS);
        extInf(playlist, pattern, segments, inspector);
        Path joined = served.joined("joined.ts", NOTHING, segments);
        DecodedMedia decoded = DecodedMedia.of(joined, video ? 0 : -1, audio ? 0 : -1);
        long base = Timescale.rescale(PlannedTrack.TS_BASE, Timescale.MPEG_TS, 1_000_000_000);
        compare("MPEG-TS", decoded, base, 1_000_000_000 / 90_000 + 1);
    }

    /// The playlist lists exactly what is there, and says the real durations.
    private void extInf(
            String playlist, String pattern, Map<Integer, byte[]> segments, TsInspector inspector) {
        SegmentPlan plan = served.clip.set.plan();
        Map<String, Double> listed = new LinkedHashMap<>();
        Matcher entries = ENTRY.matcher(playlist);
        while (entries.find()) {
            listed.put(entries.group(2), Double.parseDouble(entries.group(1)));
        }
        List<String> names = new ArrayList<>();
        segments.keySet().forEach(k -> names.add(pattern.formatted(k)));
        assertThat(listed.keySet()).containsExactlyElementsOf(names);
        double sum = 0;
        for (int k = 0; k < plan.count(); k++) {
            Double said = listed.get(pattern.formatted(k + 1));
            if (said != null) {
                sum += said;
                assertThat(said)
                        .isCloseTo(
                                (plan.cut(k + 1) - plan.cut(k)) / (double) plan.timescale(),
                                within(0.000_001_1));
            }
        }
        if (segments.size() == plan.count()) {
            assertThat(sum).isCloseTo(plan.totalSeconds(), within(0.000_002));
        }
        if (video && !openGops) {
            // What the segments themselves say: from earliest picture to earliest picture.
            List<Long> earliest = new ArrayList<>();
            List<TsInspector.Pes> pictures = inspector.byPid.get(0x100);
            assertThat(pictures).isNotNull();
            for (int k = 0; pictures != null && k < segments.size(); k++) {
                long first = Long.MAX_VALUE;
                for (TsInspector.Pes pes : pictures) {
                    if (pes.segment() == k) {
                        first = Math.min(first, pes.pts());
                    }
                }
                earliest.add(first);
            }
            for (int k = 1; k + 1 < earliest.size(); k++) {
                if (earliest.get(k + 1) == Long.MAX_VALUE) {
                    continue;
                }
                long cut =
                        Timescale.rescale(plan.cut(k + 1), plan.timescale(), Timescale.MPEG_TS)
                                - Timescale.rescale(
                                        plan.cut(k), plan.timescale(), Timescale.MPEG_TS);
                assertThat(earliest.get(k + 1) - earliest.get(k)).isEqualTo(cut);
            }
        }
    }

    private void fragments(
            String name, String tokens, String pattern, boolean withVideo, boolean withAudio)
            throws Exception {
        Map<Integer, byte[]> segments = served.segments(pattern);
        FragmentInspector inspector = new FragmentInspector();
        segments.values().forEach(bytes -> inspector.segment(bytes, holes));
        served.sameInAnyOrder(pattern, segments);
        Path joined =
                served.joined(name + ".mp4", served.document("init" + tokens + ".mp4"), segments);
        DecodedMedia decoded = DecodedMedia.of(joined, withVideo ? 0 : -1, withAudio ? 0 : -1);
        compare(name, decoded, 0, 1);
    }

    /// Pictures shown at time 0 and later are those of the source, at the same times; before 0
    /// there may be what only warms the decoder up. The same for audio.
    private void compare(String what, DecodedMedia decoded, long baseNs, long toleranceNs) {
        assertThat(decoded.complaints()).as(what).isEmpty();
        if (!decoded.pictures().isEmpty()) {
            List<DecodedMedia.Picture> wanted = source.pictures();
            long start = wanted.getFirst().timeNs() - movedNs - videoLateNs;
            List<DecodedMedia.Picture> shown = new ArrayList<>();
            for (DecodedMedia.Picture picture : decoded.pictures()) {
                if (picture.timeNs() - baseNs >= start - toleranceNs) {
                    shown.add(picture);
                }
            }
            if (cutAtEnd && shown.size() > wanted.size()) {
                assertThat(shown.size() - wanted.size()).isLessThan(4);
                shown = shown.subList(0, wanted.size());
            }
            assertThat(shown.stream().map(DecodedMedia.Picture::hash))
                    .as("%s: pictures", what)
                    .containsExactlyElementsOf(
                            wanted.stream().map(DecodedMedia.Picture::hash).toList());
            for (int i = 0; i < shown.size(); i++) {
                assertThat(shown.get(i).timeNs() - baseNs)
                        .as("%s: time of picture %d", what, i)
                        .isCloseTo(
                                wanted.get(i).timeNs() - movedNs - videoLateNs,
                                within(toleranceNs));
            }
        }
        if (decoded.pcm().length > 0) {
            sameAudio(what, decoded, baseNs, toleranceNs);
        }
    }

    private void sameAudio(String what, DecodedMedia decoded, long baseNs, long toleranceNs) {
        Track track = served.clip.set.audios().get(audioNumber - 1).track();
        int frameBytes = 2 * Math.max(1, track.audio().channels());
        long ours = decoded.audioStartUs() - baseNs / 1000;
        long theirs = source.audioStartUs() - movedNs / 1000;
        assertThat(decoded.sampleRate()).isEqualTo(source.sampleRate());
        long ahead = Math.round((theirs - ours) * (double) source.sampleRate() / 1e6);
        assertThat(ahead).as("%s: audio starts no later than the source's", what).isNotNegative();
        assertThat(ahead).as("%s: priming in samples", what).isLessThan(source.sampleRate() / 4);
        int skip = (int) ahead * frameBytes;
        int length = Math.min(source.pcm().length, decoded.pcm().length - skip);
        assertThat(length)
                .as("%s: samples, of %d", what, source.pcm().length)
                .isEqualTo(source.pcm().length);
        if (audioSamples) {
            int differs =
                    Arrays.mismatch(source.pcm(), 0, length, decoded.pcm(), skip, skip + length);
            assertThat(differs).as("%s: first byte that differs", what).isEqualTo(-1);
        }
        // Frame by frame the times go on without holes that the source does not have.
        assertThat(decoded.audioTimesUs()).isSorted();
        assertThat(toleranceNs).isPositive();
    }
}
