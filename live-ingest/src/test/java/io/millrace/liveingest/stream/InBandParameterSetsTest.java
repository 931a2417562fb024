package io.millrace.liveingest.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Key frames of x264 and x265 that carry their parameter sets, held against the record of the same
/// encoder at another resolution.
class InBandParameterSetsTest {
    @TempDir Path folder;

    private record Clip(byte[] config, ByteBuf keyFrame) {}

    private Clip clip(String encoder, String size) throws Exception {
        Path file = folder.resolve(encoder + size + ".flv");
        String arguments =
                "-loglevel error -f lavfi -i testsrc2=size="
                        + size
                        + ":rate=25 -t 0.2 -pix_fmt yuv420p -c:v "
                        + encoder
                        + " -preset ultrafast -bsf:v dump_extra -f flv "
                        + file;
        try (var process = FfmpegProcess.ffmpeg(folder, arguments.split(" "))) {
            assertThat(process.await(60)).as(process.output()).isZero();
        }
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
        byte[] config = null;
        int at = 13;
        while (true) {
            int length = in.getInt(at) & 0xFFFFFF;
            if (in.get(at) == 9) {
                ByteBuf body = Unpooled.wrappedBuffer(in.array(), at + 11, length);
                switch (FlvVideoBody.read(body)) {
                    case FlvBody.Config(FlvCodec _, ByteBuf record) ->
                            config = ByteBufUtil.getBytes(record);
                    case FlvBody.Frame(FlvCodec _, boolean key, int _, ByteBuf data) -> {
                        assertThat(key).isTrue();
                        assertThat(config).isNotNull();
                        return new Clip(config, data);
                    }
                    default -> {}
                }
            }
            at += 11 + length + 4;
        }
    }

    private static VideoConfig parsed(FlvCodec codec, byte[] config) throws Exception {
        return codec == FlvCodec.AVC ? AvcConfig.parse(config) : HevcConfig.parse("hvc1", config);
    }

    private void tellsTheSize(FlvCodec codec, String encoder) throws Exception {
        Clip small = clip(encoder, "320x180");
        Clip large = clip(encoder, "640x360");
        assertThat(InBandParameterSets.changed(codec, small.config(), small.keyFrame())).isNull();
        byte[] changed = InBandParameterSets.changed(codec, small.config(), large.keyFrame());
        assertThat(changed).isNotNull();
        VideoConfig made = parsed(codec, changed);
        assertThat(made.width()).isEqualTo(640);
        assertThat(made.height()).isEqualTo(360);
        assertThat(made.codecs()).isEqualTo(parsed(codec, large.config()).codecs());
        assertThat(InBandParameterSets.changed(codec, changed, large.keyFrame())).isNull();
        // Cut off anywhere it says nothing wrong and reads nothing beyond.
        for (int length = 0; length < 200; length++) {
            ByteBuf cut = large.keyFrame().slice(large.keyFrame().readerIndex(), length);
            byte[] record = InBandParameterSets.changed(codec, small.config(), cut);
            if (record != null) {
                assertThat(parsed(codec, record)).isNotNull();
            }
        }
        withoutARecord(codec, large);
    }

    /// What the encoder's own record says, out of the key frame alone.
    private static void withoutARecord(FlvCodec codec, Clip clip) throws Exception {
        for (byte[] config : new byte[][] {null, new byte[3], emptied(codec, clip.config())}) {
            byte[] made = InBandParameterSets.changed(codec, config, clip.keyFrame());
            assertThat(made).isNotNull();
            assertThat(InBandParameterSets.isIncomplete(codec, made)).isFalse();
            assertThat(parsed(codec, made))
                    .usingRecursiveComparison()
                    .ignoringFields("record", "parameterSets")
                    .isEqualTo(parsed(codec, clip.config()));
            if (codec == FlvCodec.HEVC) {
                byte[] head = Arrays.copyOf(made, 22);
                byte[] encoders = Arrays.copyOf(clip.config(), 22);
                head[13] = encoders[13]; // how pictures are cut up is not said here
                head[14] = encoders[14];
                head[15] = encoders[15];
                assertThat(head).isEqualTo(encoders);
            } else {
                assertThat(made).isEqualTo(clip.config());
            }
        }
        byte[] emptied = emptied(codec, clip.config());
        assertThat(InBandParameterSets.isIncomplete(codec, clip.config())).isFalse();
        assertThat(InBandParameterSets.isIncomplete(codec, emptied)).isTrue();
        assertThat(InBandParameterSets.isIncomplete(codec, new byte[3])).isFalse();
    }

    private static byte[] emptied(FlvCodec codec, byte[] config) {
        if (codec == FlvCodec.HEVC) {
            byte[] record = Arrays.copyOf(config, 23);
            record[22] = 0;
            return record;
        }
        byte[] record = Arrays.copyOf(config, 7);
        record[5] = (byte) 0xE0;
        record[6] = 0;
        return record;
    }

    @Test
    void avc() throws Exception {
        tellsTheSize(FlvCodec.AVC, "libx264");
    }

    @Test
    void hevc() throws Exception {
        tellsTheSize(FlvCodec.HEVC, "libx265");
    }
}
