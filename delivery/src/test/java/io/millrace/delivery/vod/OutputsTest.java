package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.PackagedClip;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SingleFile;
import io.netty.buffer.ByteBufAllocator;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is offered beside plain segments, made of a real clip: single files, key frames, text.
class OutputsTest {
    private static final Duration SEGMENT = Duration.ofSeconds(3);
    private static final Pattern KEY_FRAME_RANGE =
            Pattern.compile("BYTERANGE:(\\d+)@(\\d+)\n(\\S+)");

    @TempDir static Path folder;
    private static Path clip;
    private static Path text;
    private static PackagedClip packaged;
    private static List<String> pictures;

    @BeforeAll
    static void makeClip() throws Exception {
        clip = TestClips.bFramesAndAac(folder, "160x120");
        text = folder.resolve("english.srt");
        Files.writeString(
                text,
                """
                1
                00:00:01,000 --> 00:00:02,000
                First

                2
                00:00:02,500 --> 00:00:04,000
                Second
                """);
        packaged = new PackagedClip(SEGMENT, clip, text);
        pictures = TestClips.pictureHashes(clip);
    }

    private static byte[] fetch(String name, SegmentFormat format) throws Exception {
        byte[] body = packaged.fetch(name, format);
        assertThat(body).as(name).isNotNull();
        return body == null ? new byte[0] : body;
    }

    @Test
    void byteRangePlaylistsDecodeToTheSourcesPictures() throws Exception {
        Path master =
                packaged.writeHls(folder.resolve("ranges"), "ranges.m3u8", SegmentFormat.FMP4);
        assertThat(TestClips.decode(master)).isEmpty();
        assertThat(TestClips.pictureHashes(master)).isEqualTo(pictures);
    }

    @Test
    void theOnDemandProfileDecodesToTheSourcesPictures() throws Exception {
        PackagedClip alone = new PackagedClip(SEGMENT, clip);
        Path mpd = alone.writeDash(folder.resolve("ondemand"), "ondemand.mpd");
        assertThat(TestClips.decode(mpd)).isEmpty();
        assertThat(TestClips.pictureHashes(mpd)).isEqualTo(pictures);
        // And so does the file itself.
        Path file = folder.resolve("ondemand/media-v1-x3.mp4");
        assertThat(TestClips.pictureHashes(file)).isEqualTo(pictures);
    }

    @Test
    void numbersWithADurationDecodeToTheSourcesPictures() throws Exception {
        PackagedClip alone = new PackagedClip(SEGMENT, clip);
        Path mpd = alone.writeDash(folder.resolve("numbers"), "manifest-number.mpd");
        // ffmpeg asks for one segment more than there are, and says that it is not there.
        assertThat(TestClips.pictureHashes(mpd)).containsAll(pictures);
    }

    @Test
    void anyRangeOfASingleFileIsThatRange() throws Exception {
        MediaRequestName name = MediaRequestName.parse("media-f1-v1-a1.mp4").orElseThrow();
        Rendition rendition = packaged.set.rendition(name).orElseThrow();
        SingleFile file = SingleFile.of(packaged.set, rendition);
        byte[] whole = packaged.bytes(file);
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            int from = random.nextInt(whole.length);
            int length =
                    1
                            + random.nextInt(
                                    round % 2 == 0
                                            ? whole.length - from
                                            : Math.min(2000, whole.length - from));
            assertThat(packaged.bytes(file.slice(ByteBufAllocator.DEFAULT, from, length)))
                    .isEqualTo(Arrays.copyOfRange(whole, from, from + length));
        }
        for (int k = 0; k < packaged.set.plan().count(); k++) {
            byte[] segment = fetch("seg-" + (k + 1) + "-f1-v1-a1.m4s", SegmentFormat.FMP4);
            assertThat(
                            Arrays.copyOfRange(
                                    whole,
                                    (int) file.segmentOffset(k),
                                    (int) (file.segmentOffset(k) + file.segmentBytes(k))))
                    .isEqualTo(segment);
        }
    }

    /// Each key frame, with what the map says, is a picture of the source.
    @Test
    void keyFramesOfTransportStreamsAreTheirRanges() throws Exception {
        String playlist = packaged.text("iframes-f1-v1.m3u8", SegmentFormat.TS);
        assertThat(playlist).contains("#EXT-X-I-FRAMES-ONLY\n");
        byte[] tables = Arrays.copyOf(fetch("seg-1-f1-v1.ts", SegmentFormat.TS), 376);
        Matcher ranges = KEY_FRAME_RANGE.matcher(playlist);
        List<String> found = new ArrayList<>();
        while (ranges.find()) {
            int length = Integer.parseInt(ranges.group(1));
            int offset = Integer.parseInt(ranges.group(2));
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(tables);
            bytes.write(fetch(ranges.group(3), SegmentFormat.TS), offset, length);
            Path file = folder.resolve("key-" + found.size() + ".ts");
            Files.write(file, bytes.toByteArray());
            found.addAll(TestClips.pictureHashes(file));
        }
        assertThat(found).isEqualTo(keyPictures());
    }

    @Test
    void keyFramesOfFragmentsAreResources() throws Exception {
        String playlist = packaged.text("iframes-f1-v1.m3u8", SegmentFormat.FMP4);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(fetch("init-f1-v1.mp4", SegmentFormat.FMP4));
        Matcher names = Pattern.compile("(?m)^iframe-\\S+").matcher(playlist);
        int count = 0;
        while (names.find()) {
            bytes.writeBytes(fetch(names.group(), SegmentFormat.FMP4));
            count++;
        }
        assertThat(count).isEqualTo(10);
        Path file = folder.resolve("keys.mp4");
        Files.write(file, bytes.toByteArray());
        assertThat(TestClips.pictureHashes(file)).isEqualTo(keyPictures());
        assertThat(packaged.fetch("iframe-11-f1-v1.m4s", SegmentFormat.FMP4)).isNull();
    }

    private static List<String> keyPictures() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i += 25) {
            keys.add(pictures.get(i));
        }
        return keys;
    }

    @Test
    void subtitlesAreCutAtTheMediasCuts() throws Exception {
        assertThat(packaged.text("master.m3u8", SegmentFormat.TS))
                .contains("TYPE=SUBTITLES", "URI=\"index-f2.m3u8\"", "SUBTITLES=\"subs\"");
        String playlist = packaged.text("index-f2.m3u8", SegmentFormat.TS);
        assertThat(playlist).contains("seg-1-f2.vtt", "seg-4-f2.vtt").doesNotContain("seg-5");
        String first = packaged.text("seg-1-f2.vtt", SegmentFormat.TS);
        String second = packaged.text("seg-2-f2.vtt", SegmentFormat.TS);
        assertThat(first).contains("MPEGTS:900000,", "First", "Second");
        assertThat(second).contains("00:00:02.500 --> 00:00:04.000").doesNotContain("First");
        assertThat(packaged.text("seg-1-f2.vtt", SegmentFormat.FMP4)).contains("MPEGTS:0,");
        // ffmpeg reads the whole text.
        Path master = packaged.writeHls(folder.resolve("subs"), "master.m3u8", SegmentFormat.TS);
        assertThat(TestClips.probe(master, "s:0", "stream=codec_name")).isEqualTo("webvtt");
    }

    @Test
    void subtitlesTravelInFragmentsToo() throws Exception {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(fetch("init-f2-x3.mp4", SegmentFormat.FMP4));
        for (int k = 1; k <= packaged.set.plan().count(); k++) {
            bytes.writeBytes(fetch("fragment-" + k + "-f2-x3.m4s", SegmentFormat.FMP4));
        }
        Path file = folder.resolve("text.mp4");
        Files.write(file, bytes.toByteArray());
        assertThat(TestClips.probe(file, "s:0", "stream=codec_tag_string")).isEqualTo("stpp");
        assertThat(TestClips.probe(file, "s:0", "stream=nb_read_packets,nb_read_frames"))
                .isNotEmpty();
    }
}
