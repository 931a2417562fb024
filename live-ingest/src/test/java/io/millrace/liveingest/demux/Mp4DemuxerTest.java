package io.millrace.liveingest.demux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// The recordings are Chromium's own, of its fake camera and microphone.
class Mp4DemuxerTest {
    @TempDir Path folder;

    private static CollectedFrames demux(byte[] bytes, int... splits) throws MediaException {
        return CollectedFrames.of(new Mp4Demuxer(ByteBufAllocator.DEFAULT), bytes, splits);
    }

    /// Kind, size and checksum: ffmpeg tells times in each track's own scale.
    private static List<String> contents(List<String> frames) {
        return frames.stream()
                .map(f -> f.replaceAll(" \\S*\\d\\+\\d+( key)?", ""))
                .sorted()
                .toList();
    }

    private static List<String> byFfmpeg(Path file, List<DemuxedTrack> tracks) throws Exception {
        return CollectedFrames.byFfmpeg(file).stream()
                .map(f -> tracks.get(Integer.parseInt(f[0])).kind() + " " + f[4] + " " + f[5])
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"avc1, AVC", "vp9, VP9", "av01, AV1"})
    void readsWhatChromiumRecords(String name, FlvCodec video) throws Exception {
        byte[] bytes = CollectedFrames.recording(name + ".mp4");
        CollectedFrames frames = demux(bytes);
        assertThat(frames.tracks)
                .extracting(DemuxedTrack::codec)
                .containsExactlyInAnyOrder(video, FlvCodec.OPUS);
        for (DemuxedTrack track : frames.tracks) {
            assertThat(track.config()).isNotEmpty();
        }
        Path file = Files.write(folder.resolve("r.mp4"), bytes);
        List<String> expected = byFfmpeg(file, frames.tracks);
        assertThat(expected).hasSizeGreaterThan(40);
        assertThat(contents(frames.frames)).isEqualTo(expected);
        assertThat(frames.frames).anyMatch(f -> f.startsWith("VIDEO") && f.contains(" key "));
        assertThat(frames.frames).anyMatch(f -> f.startsWith("VIDEO") && !f.contains(" key "));
        var random = new Random(3);
        for (int i = 0; i < 200; i++) {
            int[] splits = random.ints(6, 0, bytes.length).sorted().toArray();
            assertThat(demux(bytes, splits).frames)
                    .as(Arrays.toString(splits))
                    .isEqualTo(frames.frames);
        }
    }

    @Test
    void readsTheSameHoweverTheBytesArrive() throws Exception {
        byte[] bytes = CollectedFrames.recording("avc1.mp4");
        List<String> whole = demux(bytes).frames;
        assertThat(demux(bytes, CollectedFrames.everyByte(bytes)).frames).isEqualTo(whole);
        for (int split = 1; split < 2500; split++) {
            assertThat(demux(bytes, split).frames).as("split at " + split).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @CsvSource({"aac, 0", "aac, 2"})
    void readsWhatFfmpegWrites(String audio, String bFrames) throws Exception {
        Path file = folder.resolve("f.mp4");
        CollectedFrames.makeClip(
                "-c:v",
                "libx264",
                "-bf",
                bFrames,
                "-c:a",
                audio,
                "-movflags",
                "empty_moov+frag_keyframe+default_base_moof",
                file.toString());
        CollectedFrames frames = demux(Files.readAllBytes(file));
        assertThat(contents(frames.frames)).isEqualTo(byFfmpeg(file, frames.tracks));
        assertThat(frames.tracks)
                .extracting(DemuxedTrack::codec)
                .containsExactly(FlvCodec.AVC, FlvCodec.AAC);
    }

    @ParameterizedTest
    @CsvSource({
        "0000000c6d6f6f7600000000, no ftyp",
        "000000046674797000000000, box of 4 bytes",
        "0000000866747970 000000086d6f6f66, before moov",
        "0000000866747970 7fffffff6d646174, mdat of 2147483647 bytes",
        "0000000866747970 000000016d6f6f76ffffffffffffffff, box of -1 bytes",
        "0000000866747970 000000016d6f6f760000000100000000, moov of 4294967296 bytes",
        "0000000866747970 000000086d6f6f76, neither pictures",
    })
    void saysWhatIsWrong(String hex, String message) {
        byte[] bytes = ByteBufUtil.decodeHexDump(hex.replace(" ", ""));
        assertThatThrownBy(() -> demux(bytes))
                .isInstanceOf(MediaException.class)
                .hasMessageContaining(message);
    }
}
