package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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
        "90 4f707573, config OPUS 4f707573486561640102000080bb0000000000",
        "92 4f707573, end OPUS",
        "94 4f707573 00 02, nothing",
        "95 01 4f707573 00 aa, frame OPUS key 0 aa",
        "71 00 00, unsupported G.711 A-law audio",
        "91 41414141 00, unsupported audio FourCC AAAA",
    })
    void readsAudio(String wire, String expected) throws FlvException {
        assertThat(text(FlvAudioBody.read(hex(wire)))).isEqualTo(expected);
    }

    /// Every track of a message, in its order, with the nanoseconds that belong to it.
    @ParameterizedTest
    @CsvSource({
        "27 01 000000 aabb, '0: frame AVC 0 aabb'",
        "96 01 61766331 05 000000 aa, '5: frame AVC key 0 aa'",
        "96 11 61763031 01 000001 bb 00 000002 aaaa, '1: frame AV1 key 0 bb, 0: frame AV1 key 0 aaaa'",
        "a6 23 68766331 01 000001 bb 61766331 02 000001 cc, '1: frame HEVC 0 bb, 2: frame AVC 0 cc'",
        // a FourCC nobody knows costs only its own track
        "96 21 78787878 01 000001 bb 61763031 02 000001 cc, '1: unsupported video FourCC xxxx, 2: frame AV1 key 0 cc'",
        // an empty track, and a message without any
        "96 11 61763031 01 000000, '1: nothing'",
        "96 11 61763031, ''",
        // ModEx: 500 ns, then a second one that is not known, then the packet type
        "97 02 0001f4 01 61763031 aa, '0+500: frame AV1 key 0 aa'",
        "97 02 0001f4 07 00 ff 11 61763031 aa, '0+500: frame AV1 key 0 aa'",
        "97 ff 0002 0003e7 06 21 61763031 03 000001 bb, '3+999: frame AV1 key 0 bb'",
        // colorInfo: of one track, and of two
        "d4 68766331 0200, '0: color HEVC 0200'",
        "96 14 68766331 01 000001 05 02 000001 06, '1: color HEVC 05, 2: color HEVC 06'",
        // av1C from a transport stream's descriptor
        "95 61763031 8004 810c40d0, '0: config AV1 810c4010'",
        "95 68766331 00, '0: unsupported MPEG-2 TS sequence start of hvc1'",
    })
    void readsEveryTrackOfAVideoMessage(String wire, String expected) throws FlvException {
        assertThat(texts(TrackKind.VIDEO, wire)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "95 01 4f707573 01 fc, '1: frame OPUS key 0 fc'",
        "95 21 4f707573 01 000001 fc 6d703461 02 000002 2122, '1: frame OPUS key 0 fc, 2: frame AAC key 0 2122'",
        "94 4f707573 01 06 0000003f, '0: OPUS 6 3f []'",
        "94 4f707573 02 02 0001, '0: OPUS 2 0 [0, 1]'",
        "94 4f707573 00 08, '0: OPUS 8 0 []'",
        "95 04 4f707573 02 01 02 00000003, '2: OPUS 2 3 []'",
        "97 02 000007 01 4f707573 fc, '0+7: frame OPUS key 0 fc'",
        // an Opus stream that says nothing of itself
        "90 4f707573, '0: config OPUS 4f707573486561640102000080bb0000000000'",
    })
    void readsEveryTrackOfAnAudioMessage(String wire, String expected) throws FlvException {
        assertThat(texts(TrackKind.AUDIO, wire)).isEqualTo(expected);
    }

    private static String texts(TrackKind kind, String wire) throws FlvException {
        List<String> said = new ArrayList<>();
        var sink =
                new FlvTrackSink() {
                    @Override
                    public void body(int trackId, int nanosecondOffset, FlvBody body) {
                        String offset = nanosecondOffset == 0 ? "" : "+" + nanosecondOffset;
                        said.add(trackId + offset + ": " + text(body));
                    }

                    @Override
                    public void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {
                        said.add(trackId + ": color " + codec + " " + ByteBufUtil.hexDump(amf));
                    }

                    @Override
                    public void channels(int trackId, FlvCodec codec, ChannelLayout layout) {
                        said.add(
                                trackId
                                        + ": "
                                        + codec
                                        + " "
                                        + layout.channels()
                                        + " "
                                        + Integer.toHexString(layout.speakerMask())
                                        + " "
                                        + layout.speakers());
                    }
                };
        if (kind == TrackKind.VIDEO) {
            FlvVideoBody.read(hex(wire), sink);
        } else {
            FlvAudioBody.read(hex(wire), sink);
        }
        return String.join(", ", said);
    }

    /// What is taken apart says the same as the whole, each track as the default one.
    @ParameterizedTest
    @CsvSource({
        "96 01 61766331 05 000000 aa, '5: 91 61766331 000000 aa'",
        "a6 11 61763031 01 000001 bb 00 000002 aaaa, '1: a1 61763031 bb, 0: a1 61763031 aaaa'",
        "96 23 68766331 01 000001 bb 61766331 02 000001 cc, '1: 93 68766331 bb, 2: 93 61766331 cc'",
        "97 02 0001f4 06 11 61763031 01 000001 bb, '1: 97 02 0001f4 01 61763031 bb'",
    })
    void takesMultitrackMessagesApart(String wire, String expected) throws FlvException {
        ByteBuf message = hex(wire);
        assertThat(MultitrackMessage.is(TrackKind.VIDEO, message)).isTrue();
        List<String> parts = new ArrayList<>();
        MultitrackMessage.split(
                TrackKind.VIDEO,
                message,
                UnpooledByteBufAllocator.DEFAULT,
                (trackId, body) -> {
                    try {
                        assertThat(MultitrackMessage.is(TrackKind.VIDEO, body)).isFalse();
                        parts.add(trackId + ": " + ByteBufUtil.hexDump(body));
                    } catch (FlvException e) {
                        throw new AssertionError(e);
                    } finally {
                        body.release();
                    }
                });
        assertThat(String.join(", ", parts))
                .isEqualTo(expected.replaceAll("(?<!:) ", "").replace(",", ", "));
    }

    @ParameterizedTest
    @CsvSource({
        "VIDEO, 17 01 000000 aa",
        "VIDEO, 91 61763031 aa",
        "VIDEO, 97 02 0001f4 01 61763031 aa",
        "AUDIO, af 01 aa",
        "AUDIO, 96 4f707573 aa",
        "AUDIO, 95",
    })
    void otherMessagesAreNoMultitrackMessages(TrackKind kind, String wire) throws FlvException {
        assertThat(MultitrackMessage.is(kind, hex(wire))).isFalse();
    }

    @Test
    void whatIsWrittenIsReadAgain() throws FlvException {
        ByteBuf data = hex("0102030405060708");
        for (FlvCodec codec : FlvCodec.values()) {
            List<FlvBody> bodies = new ArrayList<>();
            if (codec != FlvCodec.MP3) {
                bodies.add(new FlvBody.Config(codec, data));
            }
            for (int composition :
                    codec.hasCompositionTime() ? new int[] {0, 80, -40} : new int[1]) {
                bodies.add(new FlvBody.Frame(codec, true, composition, data));
                if (codec.isVideo()) {
                    bodies.add(new FlvBody.Frame(codec, false, composition, data));
                }
            }
            if (codec != FlvCodec.MP3 && codec != FlvCodec.AAC) {
                bodies.add(new FlvBody.End(codec));
            }
            for (FlvBody body : bodies) {
                ByteBuf wire = Unpooled.buffer();
                FlvBodyWriter.write(body, wire);
                FlvBody read = codec.isVideo() ? FlvVideoBody.read(wire) : FlvAudioBody.read(wire);
                assertThat(text(read)).isEqualTo(text(body));
                wire.release();
            }
        }
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
