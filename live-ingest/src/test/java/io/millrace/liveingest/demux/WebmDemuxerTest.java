package io.millrace.liveingest.demux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;

/// The recordings here are Chromium's own, of its fake camera and microphone.
class WebmDemuxerTest {
    @TempDir Path folder;

    private static CollectedFrames demux(byte[] bytes, int... splits) throws MediaException {
        return CollectedFrames.of(new WebmDemuxer(ByteBufAllocator.DEFAULT), bytes, splits);
    }

    /// The same file, read by ffmpeg: stream, time, size and checksum of each packet.
    private static List<String> byFfmpeg(Path file, List<DemuxedTrack> tracks) throws Exception {
        return CollectedFrames.byFfmpeg(file).stream()
                .map(
                        f ->
                                tracks.get(Integer.parseInt(f[0])).kind()
                                        + " "
                                        + f[2]
                                        + " "
                                        + f[4]
                                        + " "
                                        + f[5])
                .toList();
    }

    /// By time since the track's first frame: ffmpeg takes CodecDelay (some 7 ms, which only it
    /// writes) off the sound's times.
    private static List<String> sorted(List<String> frames) {
        var first = new HashMap<String, Long>();
        return frames.stream()
                .map(f -> f.replaceAll("\\+0( key)?", "").split(" ", 3))
                .map(
                        f -> {
                            long time = Long.parseLong(f[1]);
                            return f[0]
                                    + " "
                                    + (time - first.computeIfAbsent(f[0], _ -> time))
                                    + " "
                                    + f[2];
                        })
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "vp8, VP8, OPUS",
        "vp9, VP9, OPUS",
        "h264, AVC, OPUS",
        "av1, AV1, OPUS",
    })
    void readsWhatChromiumRecords(String name, FlvCodec video, FlvCodec audio) throws Exception {
        byte[] bytes = CollectedFrames.recording(name + ".webm");
        CollectedFrames frames = demux(bytes);
        assertThat(frames.tracks).extracting(DemuxedTrack::codec).contains(video, audio);
        DemuxedTrack pictures =
                frames.tracks.stream()
                        .filter(t -> t.kind() == TrackKind.VIDEO)
                        .findFirst()
                        .orElseThrow();
        assertThat(pictures.width()).isEqualTo(320);
        assertThat(pictures.height()).isEqualTo(240);
        Path file = Files.write(folder.resolve("r.webm"), bytes);
        List<String> expected = byFfmpeg(file, frames.tracks);
        assertThat(expected).hasSizeGreaterThan(40);
        assertThat(sorted(frames.frames)).isEqualTo(sorted(expected));
        assertThat(frames.frames).anyMatch(f -> f.startsWith("VIDEO") && f.contains(" key "));
        assertThat(frames.frames).anyMatch(f -> f.startsWith("VIDEO") && !f.contains(" key "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vp8.webm", "h264.webm"})
    void readsTheSameHoweverTheBytesArrive(String name) throws Exception {
        byte[] bytes = Arrays.copyOf(CollectedFrames.recording(name), 3600);
        List<String> whole = demux(bytes).frames;
        assertThat(whole).hasSizeGreaterThan(2);
        for (int split = 1; split < bytes.length; split++) {
            assertThat(demux(bytes, split).frames).as("split at " + split).isEqualTo(whole);
        }
        assertThat(demux(bytes, CollectedFrames.everyByte(bytes)).frames).isEqualTo(whole);
    }

    @ParameterizedTest
    @CsvSource({
        "webm, libvpx-vp9, libopus, -live 1",
        "webm, libvpx, libopus, -cluster_time_limit 500",
        "matroska, libx264, aac, -bf 0",
        "matroska, libx264, libopus, -cues_to_front 1",
    })
    void readsWhatFfmpegWrites(String format, String video, String audio, String more)
            throws Exception {
        Path file = folder.resolve("f.mkv");
        List<String> options =
                new ArrayList<>(List.of("-c:v", video, "-b:v", "100k", "-bf", "0", "-c:a", audio));
        if (!video.equals("libx264")) {
            options.addAll(List.of("-deadline", "realtime"));
        }
        options.addAll(List.of(more.split(" ")));
        options.addAll(List.of("-f", format, file.toString()));
        CollectedFrames.makeClip(options.toArray(String[]::new));
        byte[] bytes = Files.readAllBytes(file);
        CollectedFrames frames = demux(bytes);
        List<String> expected = byFfmpeg(file, frames.tracks);
        assertThat(expected).hasSizeGreaterThan(40);
        assertThat(sorted(frames.frames)).isEqualTo(sorted(expected));
        var random = new Random(7);
        for (int i = 0; i < 20; i++) {
            int[] splits = random.ints(8, 0, bytes.length).sorted().toArray();
            assertThat(demux(bytes, splits).frames).isEqualTo(frames.frames);
        }
    }

    @Test
    void readsASecondRecordingBehindTheFirst() throws Exception {
        byte[] one = CollectedFrames.recording("vp9.webm");
        byte[] two = CollectedFrames.recording("h264.webm");
        byte[] both = new byte[one.length + two.length];
        System.arraycopy(one, 0, both, 0, one.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        CollectedFrames frames = demux(both);
        assertThat(frames.tracks).hasSize(4);
        List<String> expected = new ArrayList<>(demux(one).frames);
        expected.addAll(demux(two).frames);
        assertThat(frames.frames).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "00, begins with 0",
        "1a45dfa300, a number of more",
        "1a45dfa3ff, unknown size",
        "474554202f, no EBML header",
        "1a45dfa310ffffff, of 16777215 bytes",
        "1a45dfa3854282826d70, neither WebM",
        "1a45dfa3874282ff77656237, neither WebM",
        "1a45dfa3874282847765626d 1f43b675ff, before Tracks",
        "1a45dfa3874282847765626d a3820000, before its cluster",
        "1a45dfa3874282847765626d e789ffffffffffffffffff, of 9 bytes",
        "1a45dfa3874282847765626d e788ffffffffffffffff, 18446744073709551615",
        "1a45dfa3874282847765626d a3 01ffffffffffffff, unknown size",
        "1a45dfa3874282847765626d a3 0100000100000000, of 4294967296 bytes",
        "1a45dfa3874282847765626d 1654ae6b 80, neither pictures",
        "1a45dfa3874282847765626d 1654ae6b 83 ae84d7, of 4 bytes",
        "1a45dfa3874282847765626d 1654ae6b 85 ae836d8080, compressed or encrypted",
        "1a45dfa3874282847765626d 1654ae6b 88 ae86d7810183 8101 e78100 a38481000002, laced",
    })
    void saysWhatIsWrong(String hex, String message) {
        byte[] bytes = ByteBufUtil.decodeHexDump(hex.replace(" ", ""));
        assertThatThrownBy(() -> demux(bytes))
                .isInstanceOf(MediaException.class)
                .hasMessageContaining(message);
    }

    @Test
    void keepsNoMoreThanItHasToOfWhatIsAnnounced() throws Exception {
        // A block of 8 MiB is announced, and little of it comes.
        byte[] head =
                ByteBufUtil.decodeHexDump(
                        "1a45dfa3874282847765626d1654ae6b88ae86d78101838101e78100a310800000");
        try (var demuxer = new WebmDemuxer(ByteBufAllocator.DEFAULT)) {
            var out = new CollectedFrames();
            demuxer.read(Unpooled.wrappedBuffer(head), out);
            demuxer.read(Unpooled.wrappedBuffer(new byte[1000]), out);
            assertThat(demuxer.heldCapacity()).isLessThan(4096);
        }
    }

    @Test
    void skipsWhatNobodyWantsWithoutKeepingIt() throws Exception {
        byte[] head =
                ByteBufUtil.decodeHexDump("1a45dfa3874282847765626d" + "ec" + "0800800000"); // Void
        try (var demuxer = new WebmDemuxer(ByteBufAllocator.DEFAULT)) {
            var out = new CollectedFrames();
            demuxer.read(Unpooled.wrappedBuffer(head), out);
            for (int i = 0; i < 8; i++) {
                demuxer.read(Unpooled.wrappedBuffer(new byte[1 << 20]), out);
                assertThat(demuxer.heldCapacity()).isZero();
            }
        }
    }
}
