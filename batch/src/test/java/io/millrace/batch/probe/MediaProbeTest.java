package io.millrace.batch.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.TestMedia;
import io.millrace.batch.probe.UnusableMediaException.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

class MediaProbeTest {
    private final MediaProbe probe = new MediaProbe(TestMedia.programs(), TestMedia.sandbox());

    @TempDir Path folder;

    @Test
    void findsWhatAClipIs() throws Exception {
        MediaReport report = probe(TestMedia.clip(folder.resolve("a" + ".mp4"), 2, 25, "320x180"));
        assertThat(report.container()).isEqualTo(ContainerFormat.MP4);
        assertThat(report.durationMs()).isBetween(1990L, 2050L);
        assertThat(report.video())
                .returns("h264", MediaReport.Video::codec)
                .returns(320, MediaReport.Video::width)
                .returns(180, MediaReport.Video::height)
                .returns(25.0, MediaReport.Video::frameRate)
                .returns(50L, MediaReport.Video::frames);
        assertThat(report.audio())
                .returns("aac", MediaReport.Audio::codec)
                .returns(1, MediaReport.Audio::channels)
                .returns(48_000, MediaReport.Audio::sampleRate);
    }

    @ParameterizedTest
    @CsvSource({
        "mov, MP4, mov", "mkv, MATROSKA, matroska", "flv, FLV, flv", "ts, MPEG_TS, mpegts",
        "avi, AVI, avi", "mpg, MPEG_PS, vob", "asf, ASF, asf", "m2ts, MPEG_TS, mpegts"
    })
    void knowsVideoContainers(String suffix, ContainerFormat format, String muxer)
            throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 1, 25, "160x90");
        String[] codecs =
                suffix.equals("mpg") || suffix.equals("asf")
                        ? new String[] {"-c:v", "mpeg2video", "-c:a", "mp2"}
                        : new String[] {"-c", "copy"};
        String[] arguments =
                java.util.stream.Stream.of(
                                new String[] {"-i", clip.toString()},
                                codecs,
                                suffix.equals("m2ts")
                                        ? new String[] {"-mpegts_m2ts_mode", "1"}
                                        : new String[0],
                                new String[] {"-f", muxer})
                        .flatMap(Arrays::stream)
                        .toArray(String[]::new);
        MediaReport report = probe(TestMedia.make(folder.resolve("renamed.dat"), arguments));
        assertThat(report.container()).isEqualTo(format);
        assertThat(report.durationMs()).isBetween(900L, 1200L);
        assertThat(report.video()).isNotNull();
        assertThat(report.audio()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "MP3, libmp3lame, mp3",
        "AAC, aac, adts",
        "WAV, pcm_s16le, wav",
        "OGG, libopus, ogg",
        "FLAC, flac, flac",
        "MP4, aac, ipod"
    })
    void knowsAudioContainers(ContainerFormat format, String codec, String muxer) throws Exception {
        Path file =
                TestMedia.make(
                        folder.resolve("renamed.dat"),
                        "-f",
                        "lavfi",
                        "-i",
                        "sine=frequency=300:sample_rate=48000:duration=2",
                        "-c:a",
                        codec,
                        "-f",
                        muxer);
        MediaReport report = probe(file);
        assertThat(report.container()).isEqualTo(format);
        assertThat(report.video()).isNull();
        assertThat(report.durationMs()).isBetween(1950L, 2150L);
    }

    @Test
    void findsTheDurationOfARecordingThatDoesNotSayIt() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 2, 25, "160x90");
        // Written to a pipe, as a browser does it: the header is never completed.
        Path live =
                TestMedia.make(
                        folder.resolve("live.webm"),
                        "-i",
                        clip.toString(),
                        "-c:v",
                        "libvpx",
                        "-c:a",
                        "libopus",
                        "-f",
                        "webm",
                        "-live",
                        "1");
        assertThat(TestMedia.ffprobe(live, "-show_entries", "format=duration")).contains("N/A");
        assertThat(probe(live).durationMs()).isBetween(1950L, 2100L);
    }

    @Test
    void countsFramesWhereTheContainerDoesNotSayItsRate() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 2, 25, "160x90");
        Path flv =
                TestMedia.make(
                        folder.resolve("a.flv"),
                        "-i",
                        clip.toString(),
                        "-c",
                        "copy",
                        "-flvflags",
                        "no_metadata");
        MediaReport.Video video = probe(flv).video();
        assertThat(video).isNotNull();
        assertThat(video.frameRate()).isBetween(24.0, 26.0);
    }

    @Test
    void fragmentedFilesAreFine() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 3, 25, "160x90");
        Path fragmented =
                TestMedia.make(
                        folder.resolve("f.mp4"),
                        "-i",
                        clip.toString(),
                        "-c",
                        "copy",
                        "-movflags",
                        "frag_keyframe+empty_moov");
        assertThat(probe(fragmented).durationMs()).isBetween(2950L, 3100L);
        // Cut in its last fragment, as a crash of a recorder leaves it.
        cut(fragmented, 0.9);
        assertThat(probe(fragmented).video()).isNotNull();
    }

    @Test
    void rotationIsApplied() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 1, 25, "320x180");
        Path rotated =
                TestMedia.make(
                        folder.resolve("r.mp4"),
                        "-display_rotation",
                        "90",
                        "-i",
                        clip.toString(),
                        "-c",
                        "copy");
        assertThat(probe(rotated).video())
                .returns(180, MediaReport.Video::width)
                .returns(320, MediaReport.Video::height)
                .returns(270, MediaReport.Video::rotation);
    }

    @Test
    void aCoverPictureIsNoVideo() throws Exception {
        Path cover =
                TestMedia.make(
                        folder.resolve("cover.png"),
                        "-f",
                        "lavfi",
                        "-i",
                        "testsrc2=size=64x64:duration=1",
                        "-frames:v",
                        "1");
        Path song =
                TestMedia.make(
                        folder.resolve("song.mp3"),
                        "-f",
                        "lavfi",
                        "-i",
                        "sine=duration=1",
                        "-i",
                        cover.toString(),
                        "-map",
                        "0",
                        "-map",
                        "1",
                        "-c:v",
                        "copy",
                        "-c:a",
                        "libmp3lame");
        MediaReport report = probe(song);
        assertThat(report.video()).isNull();
        assertThat(report.audio()).isNotNull();
        assertThat(probe(cover).container().isStillImage()).isTrue();
    }

    @Test
    void aTextFileIsRefusedInWords() throws Exception {
        refused("just some text\nof two lines\n", Reason.NOT_MEDIA, "plain text");
        refused("Ünïcödé tëxt ".repeat(1000), Reason.NOT_MEDIA, "plain text");
        refused("<!DOCTYPE html><html>", Reason.NOT_MEDIA, "a web page");
        refused("", Reason.EMPTY_FILE, "the file is empty");
        refused("%PDF-1.7\n\u0000\u0001", Reason.NOT_MEDIA, "a PDF document");
        refused("PK\u0003\u0004\u0000\u0000", Reason.NOT_MEDIA, "a ZIP archive");
        refused("\u0000\u0001\u0002\u0003garbage", Reason.UNSUPPORTED_FORMAT, "00 01 02 03");
    }

    /// Left to itself, ffmpeg follows the lines of a playlist to any file of this machine.
    @Test
    void aPlaylistIsRefusedAndNoFileOfItIsOpened() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("local.ts"), 1, 25, "160x90");
        String hls = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + clip + "\n#EXT-X-ENDLIST\n";
        refused(hls, Reason.NOT_MEDIA, "an HLS or M3U playlist");
        refused("\uFEFF" + hls, Reason.NOT_MEDIA, "an HLS or M3U playlist");
        refused("ffconcat version 1.0\nfile " + clip + "\n", Reason.NOT_MEDIA, "an ffconcat list");
        refused("<?xml version=\"1.0\"?>\n<MPD></MPD>", Reason.NOT_MEDIA, "a DASH manifest");
        refused("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", Reason.NOT_MEDIA, "an SDP description");
    }

    /// What passes for a container by its first bytes and is a playlist behind them: only the
    /// forced demuxer ever sees it.
    @Test
    void aPlaylistBehindAContainersFirstBytesIsNotFollowed() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("local.ts"), 1, 25, "160x90");
        byte[] playlist =
                ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + clip + "\n#EXT-X-ENDLIST\n")
                        .getBytes(StandardCharsets.UTF_8);
        for (byte[] head :
                new byte[][] {
                    {0, 0, 0, 16, 'f', 't', 'y', 'p', 'i', 's', 'o', 'm', 0, 0, 0, 0},
                    {'F', 'L', 'V', 1, 5, 0, 0, 0, 9, 0, 0, 0, 0},
                    {0x1A, 0x45, (byte) 0xDF, (byte) 0xA3, (byte) 0x80},
                    {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}
                }) {
            Path file = folder.resolve("evil.mp4");
            byte[] all = Arrays.copyOf(head, head.length + playlist.length);
            System.arraycopy(playlist, 0, all, head.length, playlist.length);
            Files.write(file, all);
            assertThatThrownBy(() -> probe(file)).isInstanceOf(UnusableMediaException.class);
        }
    }

    @Test
    void aCutFileIsSaidToBeIncomplete() throws Exception {
        Path moovLast = TestMedia.clip(folder.resolve("a.mp4"), 2, 25, "320x180");
        Path moovFirst =
                TestMedia.make(
                        folder.resolve("b.mp4"),
                        "-i",
                        moovLast.toString(),
                        "-c",
                        "copy",
                        "-movflags",
                        "faststart");
        for (double share : new double[] {0.05, 0.5, 0.95}) {
            Path cut = Files.copy(moovLast, folder.resolve("cut" + share + ".mp4"));
            cut(cut, share);
            assertThatThrownBy(() -> probe(cut))
                    .isInstanceOfSatisfying(
                            UnusableMediaException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED))
                    .hasMessageContaining("the file is incomplete")
                    .hasMessageContaining("moov");
        }
        cut(moovFirst, 0.8);
        assertThatThrownBy(() -> probe(moovFirst))
                .isInstanceOf(UnusableMediaException.class)
                .hasMessageContaining("the file is incomplete")
                .hasMessageContaining("mdat");
    }

    /// Whatever bytes are wrong: a report, or an exception with a reason; never anything else.
    @Test
    void damagedFilesGiveAReasonAndNothingElse() throws Exception {
        Path clip = TestMedia.clip(folder.resolve("a.mp4"), 1, 10, "160x90");
        byte[] intact = Files.readAllBytes(clip);
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 25; i++) {
            byte[] damaged = intact.clone();
            // Behind ftyp, most of the rest of a small file is the index.
            for (int j = 0; j < 30; j++) {
                damaged[32 + random.nextInt(damaged.length - 32)] ^=
                        (byte) (1 + random.nextInt(255));
            }
            Path file = Files.write(folder.resolve("damaged.mp4"), damaged);
            try {
                probe(file);
            } catch (UnusableMediaException | ProbeFailedException e) {
                assertThat(e.getMessage()).isNotBlank().doesNotContain(folder.toString());
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private void refused(String content, Reason reason, String words) throws Exception {
        Path file = Files.writeString(folder.resolve("renamed.mp4"), content);
        assertThatThrownBy(() -> probe(file))
                .isInstanceOfSatisfying(
                        UnusableMediaException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(words);
    }

    private MediaReport probe(Path file) throws Exception {
        Path work = Files.createTempDirectory(folder, "work");
        return probe.probe("test", file, work, () -> false);
    }

    private static void cut(Path file, double share) throws Exception {
        try (var channel = new RandomAccessFile(file.toFile(), "rw")) {
            channel.setLength((long) (channel.length() * share));
        }
    }
}
