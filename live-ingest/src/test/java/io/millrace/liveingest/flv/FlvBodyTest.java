package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;
import java.util.Random;

class FlvBodyTest {
    private static ByteBuf hex(String text) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    private static String text(FlvBody body) {
        return switch (body) {
            case FlvBody.Config(FlvCodec codec, ByteBuf record) ->
                    "config " + codec + " " + ByteBufUtil.hexDump(record);
            case FlvBody.Frame(FlvCodec codec, boolean key, int composition, ByteBuf data) ->
                    "frame "
                            + codec
                            + (key ? " key " : " ")
                            + composition
                            + " "
                            + ByteBufUtil.hexDump(data);
            case FlvBody.End(FlvCodec codec) -> "end " + codec;
            case FlvBody.Nothing _ -> "nothing";
            case FlvBody.Unsupported(String what) -> "unsupported " + what;
        };
    }

    @ParameterizedTest
    @CsvSource({
        // legacy
        "17 00 000000 0164, config AVC 0164",
        "17 01 000042 aabb, frame AVC key 66 aabb",
        "27 01 fffffe aabb, frame AVC -2 aabb",
        "17 02 000000, end AVC",
        "57 00, nothing",
        "1c 00 000000 01, config HEVC 01",
        "12 00 00, unsupported FLV video codec 2",
        // enhanced
        "90 68766331 01, config HEVC 01",
        "91 68766331 000005 aa, frame HEVC key 5 aa",
        "a3 68766331 aa, frame HEVC 0 aa",
        "91 61763031 aa, frame AV1 key 0 aa",
        "92 76703039, end VP9",
        "94 68766331 02, nothing",
        "d1 61763031 00, nothing",
        "91 78787878 aa, unsupported video FourCC xxxx",
        // ModEx: three bytes of nanoseconds before a coded frame
        "97 02 000001 01 61763031 aa, frame AV1 key 0 aa",
        // multitrack: one track, two tracks, two codecs; another track alone
        "96 01 61766331 00 000000 aa, frame AVC key 0 aa",
        "96 11 61763031 01 000001 bb 00 000002 aaaa, frame AV1 key 0 aaaa",
        "96 21 61763031 01 000001 bb 61766331 00 000004 000007 aa, frame AVC key 7 aa",
        "96 01 61766331 01 000000 aa, nothing",
    })
    void readsVideo(String wire, String expected) throws FlvException {
        assertThat(text(FlvVideoBody.read(hex(wire)))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "af 00 1190, config AAC 1190",
        "af 01 21aa, frame AAC key 0 21aa",
        "2f ff fb, frame MP3 key 0 fffb",
        "af, nothing",
        "90 4f707573 01, config OPUS 01",
        "91 4f707573 fc, frame OPUS key 0 fc",
        "90 4f707573, nothing",
        "92 4f707573, end OPUS",
        "94 4f707573 00, nothing",
        "95 01 4f707573 00 aa, frame OPUS key 0 aa",
        "71 00 00, unsupported FLV audio format 7",
        "91 41414141 00, unsupported audio FourCC AAAA",
    })
    void readsAudio(String wire, String expected) throws FlvException {
        assertThat(text(FlvAudioBody.read(hex(wire)))).isEqualTo(expected);
    }

    @Test
    void refusesWhatIsCutOff() {
        assertThatThrownBy(() -> FlvVideoBody.read(hex("17 00 00")))
                .isInstanceOf(FlvException.class);
        assertThatThrownBy(() -> FlvVideoBody.read(hex("91 6176")))
                .isInstanceOf(FlvException.class);
        assertThatThrownBy(() -> FlvVideoBody.read(hex("96 11 61763031 01 0000ff bb")))
                .isInstanceOf(FlvException.class);
        assertThatThrownBy(() -> FlvAudioBody.read(hex("97 ff 00")))
                .isInstanceOf(FlvException.class);
    }

    @Test
    void noInputThrowsAnythingUnchecked() {
        for (int seed = 0; seed < 10_000; seed++) {
            var random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            if (bytes.length > 6 && random.nextBoolean()) {
                bytes[0] = (byte) (0x90 | random.nextInt(8));
                System.arraycopy(
                        new byte[] {'a', 'v', '0', '1'}, 0, bytes, 1 + random.nextInt(2), 4);
            }
            try {
                FlvVideoBody.read(Unpooled.wrappedBuffer(bytes));
            } catch (FlvException _) {
                // what it may do
            }
            try {
                FlvAudioBody.read(Unpooled.wrappedBuffer(bytes));
            } catch (FlvException _) {
                // what it may do
            }
        }
    }
}
