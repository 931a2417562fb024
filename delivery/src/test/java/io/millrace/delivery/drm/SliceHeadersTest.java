package io.millrace.delivery.drm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.testing.Ffmpeg;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lengths of slice headers against ffmpeg, which reads them field by field.
class SliceHeadersTest {
    private static final Pattern FIELD =
            Pattern.compile("\\] (\\d+)\\s+(\\S+)\\s+([01]+) = -?\\d+");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "libx264 -g 25 -bf 3 -refs 4 -x264-params weightp=2:weightb=1:b-pyramid=normal",
                "libx264 -profile:v baseline -g 10 -slices 4",
                "libx264 -preset veryslow -flags +ilme+ildct -x264-params interlaced=1:slices=3",
                "libx264 -x264-params nal-hrd=cbr:force-cfr=1 -b:v 1M -maxrate 1M -bufsize 1M",
                "libx265 -x265-params log-level=0:bframes=4:b-pyramid=1:weightb=1:ref=5",
                "libx265 -x265-params log-level=0:slices=3:wpp=1:repeat-headers=1",
                "libx265 -x265-params log-level=0:keyint=10:open-gop=1:wpp=1:lossless=1"
            })
    void endWhereFfmpegSaysTheyDo(String encoder) throws Exception {
        Path clip = folder.resolve("clip.mp4");
        TestClips.make(
                clip,
                "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2",
                "-vf fade=in:0:25 -pix_fmt yuv420p -c:v " + encoder);
        assertThat(ours(clip)).isNotEmpty().isEqualTo(theirs(clip));
    }

    /// Header bytes without emulation prevention, of each slice.
    private static List<Integer> ours(Path clip) throws Exception {
        BytesBlobReader file = BytesBlobReader.of(clip);
        Track track = MediaIndexReader.read(file).tracks().getFirst();
        CodecConfig codec = track.codec();
        NalSampleLayout.Slices slices =
                codec instanceof AvcConfig avc
                        ? new AvcSlices(avc.parameterSets())
                        : new HevcSlices(((HevcConfig) codec).parameterSets());
        ByteBuffer bytes = ByteBuffer.wrap(file.bytes());
        List<Integer> headers = new ArrayList<>();
        SampleTable samples = track.samples();
        for (int i = 0; i < samples.count(); i++) {
            int at = (int) samples.offset(i);
            int end = at + samples.size(i);
            while (at < end) {
                int length = bytes.getInt(at);
                int nal = at + 4;
                if (slices.isSlice(bytes.get(nal) & 0xFF)) {
                    int header = slices.headerBytes(bytes, nal, nal + length);
                    headers.add(header - emulations(bytes, nal, nal + header));
                }
                at = nal + length;
            }
        }
        return headers;
    }

    private static int emulations(ByteBuffer bytes, int start, int end) {
        int count = 0;
        int zeros = 0;
        for (int i = start; i < end; i++) {
            byte b = bytes.get(i);
            if (zeros >= 2 && b == 3) {
                count++;
                zeros = 0;
            } else {
                zeros = b == 0 ? zeros + 1 : 0;
            }
        }
        return count;
    }

    private static List<Integer> theirs(Path clip) throws Exception {
        String text =
                Ffmpeg.run(
                                List.of(
                                        "-i",
                                        clip.toString(),
                                        "-c",
                                        "copy",
                                        "-bsf:v",
                                        "trace_headers",
                                        "-f",
                                        "null",
                                        "-"))
                        .text();
        List<Integer> headers = new ArrayList<>();
        boolean inSlice = false;
        int endBit = 0;
        for (String line : text.split("\n")) {
            Matcher field = FIELD.matcher(line);
            if (field.find() && inSlice) {
                if (!field.group(2).equals("cabac_alignment_one_bit")) {
                    endBit = Integer.parseInt(field.group(1)) + field.group(3).length();
                }
                continue;
            }
            if (inSlice) {
                headers.add((endBit + 7) / 8);
                inSlice = false;
            }
            if (line.contains("] Slice Header") || line.contains("] Slice Segment Header")) {
                inSlice = true;
            }
        }
        if (inSlice) {
            headers.add((endBit + 7) / 8);
        }
        return headers;
    }
}
