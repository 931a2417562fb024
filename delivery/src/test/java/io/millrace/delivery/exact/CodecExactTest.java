package io.millrace.delivery.exact;

import static io.millrace.delivery.exact.SourceClips.AAC;
import static io.millrace.delivery.exact.SourceClips.X264;
import static io.millrace.delivery.exact.SourceClips.chirp;
import static io.millrace.delivery.exact.SourceClips.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.media.Track;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

/// Every codec that the bundled encoders write, through every output that can carry it.
class CodecExactTest {
    private static final String X265 =
            "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params"
                    + " log-level=none:pools=1:open-gop=0:bframes=2:keyint=25:min-keyint=25:scenecut=0";

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

    private static Track video(ExactCheck check) {
        return check.served().clip.set.videos().getFirst().track();
    }

    private static Track audio(ExactCheck check) {
        return check.served().clip.set.audios().getFirst().track();
    }

    @ParameterizedTest
    @CsvSource({"hvc1, hvc1.1.6.L30.90", "hev1, hev1.1.6.L30.90"})
    void hevc(String entry, String codecs) throws Exception {
        Path file = clips.make(entry + ".mp4", pictures(3), X265, "-tag:v " + entry);
        ExactCheck check = check(file);
        assertThat(video(check).codec().codecs()).isEqualTo(codecs);
        assertThat(video(check).displayWidth()).isEqualTo(128);
        assertThat(video(check).displayHeight()).isEqualTo(72);
        check.run();
    }

    @ParameterizedTest
    @CsvSource({
        "svt.mp4, -c:v libsvtav1 -preset 12 -g 25 -svtav1-params lp=1, av01.0.00M.08",
        "aom.mp4, -c:v libaom-av1 -cpu-used 8 -usage realtime -g 25 -threads 1, av01.0.00M.08",
        "vp9.mp4, -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -threads 1, vp09.00.10.08",
    })
    void openCodecs(String name, String encoder, String codecs) throws Exception {
        Path file = clips.make(name, pictures(2), encoder + " -pix_fmt yuv420p");
        ExactCheck check = check(file);
        assertThat(video(check).codec().codecs()).isEqualTo(codecs);
        assertThat(video(check).displayWidth()).isEqualTo(128);
        assertThat(video(check).displayHeight()).isEqualTo(72);
        check.withoutTs().run();
    }

    @ParameterizedTest
    @CsvSource({
        "aac-5.1.m4a, -c:a aac -aac_pns 0 -ac 6, true, mp4a.40.2, 6",
        "aac-mono.m4a, -c:a aac -aac_pns 0 -ac 1 -ar 22050, true, mp4a.40.2, 1",
        "aac-quad.m4a, -c:a aac -aac_pns 0 -channel_layout quad, true, mp4a.40.2, 4",
        "ac3.mp4, -c:a ac3 -b:a 96k, true, ac-3, 2",
        "ac3-5.1.mp4, -c:a ac3 -ac 6, true, ac-3, 6",
        "eac3-5.1.mp4, -c:a eac3 -ac 6 -b:a 192k, true, ec-3, 6",
        "mp3.mp4, -c:a libmp3lame -b:a 64k, true, mp4a.40.34, 2",
        "mp3-22k.mp4, -c:a libmp3lame -b:a 32k -ar 22050 -ac 1, true, mp4a.40.34, 1",
        "opus.mp4, -c:a libopus -b:a 48k, false, Opus, 2",
        "flac.mp4, -c:a flac -ar 96000, false, fLaC, 2",
        "aac-quicktime.mov, -c:a aac -aac_pns 0, true, mp4a.40.2, 2",
        "ac3-quicktime.mov, -c:a ac3 -b:a 96k, true, ac-3, 2",
        "mp3-quicktime.mov, -c:a libmp3lame -b:a 64k, true, mp4a.40.34, 2",
    })
    void audio(String name, String encoder, boolean inTs, String codecs, int channels)
            throws Exception {
        ExactCheck check = check(clips.make(name, chirp(2), encoder));
        AudioConfig config = audio(check).audio();
        assertThat(config.codecs()).isEqualTo(codecs);
        assertThat(config.channels()).isEqualTo(channels);
        (inTs ? check : check.withoutTs()).run();
    }

    @ParameterizedTest
    @CsvSource({
        "hdr10.mp4, smpte2084, bt2020nc, PQ",
        "hlg.mp4, arib-std-b67, bt2020nc, HLG",
        "bt709.mp4, bt709, bt709, SDR",
    })
    void brightnessComesFromTheStreamOrTheContainer(
            String name, String transfer, String matrix, ColorInfo.Range range) throws Exception {
        String color = "-color_primaries bt2020 -color_trc " + transfer + " -colorspace " + matrix;
        String yuv10 = "-pix_fmt yuv420p10le " + color + " -g 25 ";
        for (String encoder :
                new String[] {
                    "-c:v libx265 -tag:v hvc1 -preset ultrafast -x265-params log-level=none:pools=1",
                    "-c:v libx264 -preset ultrafast",
                    "-c:v libsvtav1 -preset 12 -svtav1-params lp=1",
                }) {
            String file = encoder.substring(5, 12).strip() + "-" + name;
            String setParams =
                    "-vf setparams=color_primaries=bt2020:color_trc="
                            + transfer
                            + ":colorspace="
                            + matrix;
            Path clip = clips.make(file, pictures(0.4), yuv10 + setParams, encoder);
            ExactCheck check = check(clip);
            assertThat(video(check).video().color().range()).as(file).isEqualTo(range);
            // The same out of the stream alone.
            Path bare =
                    clips.edit(
                            "bare-" + file,
                            clip,
                            boxes -> {
                                Mp4Edit stsd = boxes.at("moov/trak/mdia/minf/stbl/stsd");
                                for (int i = 0; i + 4 < stsd.body.length; i++) {
                                    if (new String(stsd.body, i, 4, "ISO-8859-1").equals("colr")) {
                                        stsd.body[i] = 'x';
                                    }
                                }
                            });
            assertThat(video(check(bare)).video().color().range()).as(file).isEqualTo(range);
        }
    }

    @Test
    void tracksThatAreNotServedAreSkipped() throws Exception {
        Path subtitles = folder.resolve("text.srt");
        java.nio.file.Files.writeString(subtitles, "1\n00:00:00,500 --> 00:00:01,500\nHello\n\n");
        Path file =
                clips.make(
                        "others.mov",
                        pictures(2),
                        chirp(2),
                        chirp(2),
                        "-i " + subtitles,
                        "-map 3 -map 1 -map 0 -map 2 -c:s mov_text -timecode 01:00:00:00",
                        X264,
                        AAC,
                        "-c:a:0 alac");
        ExactCheck check = new ExactCheck(folder.resolve("out-others"), file, 1, 1);
        assertThat(check.served().clip.set.audios()).hasSize(1);
        assertThat(check.served().clip.set.videos()).hasSize(1);
    }
}
