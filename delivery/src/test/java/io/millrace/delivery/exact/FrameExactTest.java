package io.millrace.delivery.exact;

import static io.millrace.delivery.exact.SourceClips.AAC;
import static io.millrace.delivery.exact.SourceClips.X264;
import static io.millrace.delivery.exact.SourceClips.chirp;
import static io.millrace.delivery.exact.SourceClips.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.packaging.SegmentPlan;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;

/// Every kind of container through every output.
class FrameExactTest {
    @TempDir static Path folder;
    private static SourceClips clips;

    @BeforeAll
    static void makeBase() throws Exception {
        clips = new SourceClips(folder);
        clips.base();
    }

    private static ExactCheck check(Path source) throws Exception {
        return new ExactCheck(folder.resolve("out-" + source.getFileName()), source);
    }

    @Test
    void moovLast() throws Exception {
        check(clips.base()).run();
    }

    @ParameterizedTest
    @CsvSource({
        "moov-first.mp4, -movflags +faststart",
        "negative-offsets.mp4, -movflags +negative_cts_offsets",
        "no-edit-list.mp4, -use_editlist 0",
        "video-only.mp4, -an",
        "audio-only.m4a, -vn",
        "movie-timescale.mp4, -movie_timescale 600",
        "quicktime.mov, -f mov",
        "fragments.mp4, -movflags +frag_keyframe+empty_moov+default_base_moof",
        "fragments-delayed.mp4, -movflags +frag_keyframe+delay_moov+default_base_moof",
        "fragments-short.mp4, -movflags +empty_moov+default_base_moof -frag_duration 200000",
        "fragments-absolute.mp4, -movflags +frag_keyframe+empty_moov",
        "fragments-unsaid.mp4, -movflags +frag_keyframe+empty_moov+omit_tfhd_offset",
        "fragments-apart.mp4, -movflags +frag_keyframe+empty_moov+separate_moof",
        "fragments-sidx.mp4, -movflags +frag_keyframe+empty_moov+default_base_moof+global_sidx",
        "fragments-dash.mp4, -movflags +frag_keyframe+empty_moov+dash",
    })
    void muxedAnotherWay(String name, String options) throws Exception {
        check(clips.remux(name, options)).run();
    }

    @Test
    void cmaf() throws Exception {
        check(clips.remux("cmaf.mp4", "-movflags +frag_keyframe+empty_moov+cmaf"))
                .sourcePicturesReadLateBy(Duration.ofMillis(80))
                .run();
    }

    @ParameterizedTest
    @CsvSource({
        // Empty edits, and what is cut off in front.
        "late-audio.mp4, -i BASE -itsoffset 0.7 -i BASE -map 0:v -map 1:a -c copy",
        "late-video.mp4, -itsoffset 0.5 -i BASE -i BASE -map 0:v -map 1:a -c copy",
        "very-late-audio.mp4, -i BASE -itsoffset 2.5 -i BASE -map 0:v -map 1:a -c copy",
        "all-late.mp4, -itsoffset 1.2 -i BASE -map 0 -c copy",
        "trimmed.mp4, -ss 0.52 -i BASE -map 0 -c copy",
        "trimmed-later.mp4, -ss 1.6 -i BASE -map 0 -c copy",
    })
    void editLists(String name, String arguments) throws Exception {
        check(clips.make(name, arguments.replace("BASE", clips.base().toString()))).run();
    }

    @Test
    void variableFrameRate() throws Exception {
        check(
                        clips.make(
                                "vfr.mp4",
                                pictures(4),
                                chirp(4),
                                "-vf select='not(eq(mod(n,7),3))*not(between(n,30,41))'",
                                "-fps_mode vfr",
                                X264,
                                AAC))
                .run();
    }

    @ParameterizedTest
    @CsvSource({"2, 4.6", "4, 1.4", "0.6, 3", "3, 0.3"})
    void tracksOfDifferentLength(double video, double audio) throws Exception {
        check(
                        clips.make(
                                "lengths-" + video + "-" + audio + ".mp4",
                                pictures(video),
                                chirp(audio),
                                X264,
                                AAC))
                .run();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "1, 4"})
    void manyTracks(int video, int audio) throws Exception {
        Path file =
                clips.make(
                        "tracks.mp4",
                        pictures(2),
                        "-f lavfi -i testsrc=size=64x48:rate=30:duration=2",
                        chirp(2),
                        "-f lavfi -i sine=frequency=700:sample_rate=44100:duration=2",
                        "-map 0 -map 1 -map 2 -map 3 -map 2 -map 3",
                        X264,
                        "-g 25 -ac:a:2 1",
                        AAC);
        new ExactCheck(folder.resolve("out-tracks-" + video + audio), file, video, audio).run();
    }

    /// Only each third group of pictures is closed: segments start there alone.
    @Test
    void someOpenGroupsOfPictures() throws Exception {
        Path file =
                clips.make(
                        "some-open.mp4",
                        pictures(6),
                        chirp(6),
                        X264 + ":open-gop=1:b-adapt=0:keyint=24:min-keyint=3",
                        "-force_key_frames 2,4 -forced-idr 1",
                        AAC);
        ExactCheck check = check(file);
        check.run();
        SegmentPlan plan = check.served().clip.set.plan();
        assertThat(plan.isIndependent()).isTrue();
        assertThat(plan.count()).isEqualTo(3);
    }

    /// No group is closed: it is cut all the same, and says that segments are not independent.
    @ParameterizedTest
    @CsvSource({
        "open-avc.mp4, libx264, -x264-params threads=1:",
        "open-hevc.mp4, libx265, -tag:v hvc1 -x265-params log-level=none:pools=1:"
    })
    void allOpenGroupsOfPictures(String name, String encoder, String parameters) throws Exception {
        Path file =
                clips.make(
                        name,
                        pictures(3),
                        chirp(3),
                        "-pix_fmt yuv420p -threads 1 -preset veryfast -c:v " + encoder,
                        parameters + "open-gop=1:bframes=3:keyint=24:b-adapt=0:scenecut=0",
                        AAC);
        ExactCheck check = check(file);
        check.withOpenGops().run();
        SegmentPlan plan = check.served().clip.set.plan();
        assertThat(plan.isIndependent()).isFalse();
        assertThat(plan.count()).isEqualTo(2);
    }
}
