package io.millrace.liveingest.rtmp.amf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.liveingest.rtmp.amf.AmfValue.AmfArray;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfBoolean;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfDate;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.millrace.liveingest.rtmp.amf.AmfValue.Nothing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

class AmfTest {
    private static AmfObject object(Object... pairs) {
        Map<String, AmfValue> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], (AmfValue) pairs[i + 1]);
        }
        return new AmfObject(map);
    }

    /// Bytes and what they mean; written back they give the same bytes.
    static Stream<Arguments> bothWays() {
        return Stream.of(
                Arguments.of("00 3ff8000000000000", new AmfNumber(1.5)),
                Arguments.of("01 01", new AmfBoolean(true)),
                Arguments.of("02 0003 6c6976", new AmfString("liv")),
                Arguments.of("02 0002 c3a9", new AmfString("é")),
                Arguments.of("05", Nothing.NULL),
                Arguments.of("06", Nothing.UNDEFINED),
                Arguments.of("03 0001 61 05 000009", object("a", Nothing.NULL)),
                Arguments.of(
                        "08 00000001 0001 61 0100 000009",
                        new AmfObject(Map.of("a", new AmfBoolean(false)), true)),
                Arguments.of(
                        "0a 00000002 05 02 0000",
                        new AmfArray(List.of(Nothing.NULL, new AmfString("")))),
                Arguments.of("0b 4072c00000000000 0000", new AmfDate(300)));
    }

    /// Bytes that have another spelling, too.
    static Stream<Arguments> readOnly() {
        return Stream.of(
                // ECMA array with a wrong count
                Arguments.of(
                        "08 000000ff 0001 61 0101 000009",
                        new AmfObject(Map.of("a", new AmfBoolean(true)), true)),
                Arguments.of("0c 00000002 6869", new AmfString("hi")),
                Arguments.of("0f 00000002 3c3e", new AmfString("<>")),
                // typed object: its class name is forgotten
                Arguments.of(
                        "10 0011 6a6176612e6c616e672e52756e74696d65 0001 61 05 000009",
                        object("a", Nothing.NULL)),
                Arguments.of("02 0001 ff", new AmfString("\ufffd")),
                // reference to the first object
                Arguments.of(
                        "0a 00000002 03 000009 07 0001", new AmfArray(List.of(object(), object()))),
                // AMF3 inside: integer -1, double, string, array, dynamic object
                Arguments.of("11 04 ffffffff", new AmfNumber(-1)),
                Arguments.of("11 05 3ff8000000000000", new AmfNumber(1.5)),
                Arguments.of("11 06 07 6c6976", new AmfString("liv")),
                Arguments.of(
                        "11 09 05 01 03 02",
                        new AmfArray(List.of(new AmfBoolean(true), new AmfBoolean(false)))),
                Arguments.of("11 0a 0b 01 03 61 01 01", object("a", Nothing.NULL)));
    }

    private static ByteBuf hex(String text) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    @ParameterizedTest
    @MethodSource({"bothWays", "readOnly"})
    void reads(String wire, AmfValue value) throws AmfException {
        ByteBuf in = hex(wire);
        assertThat(new Amf0Reader(in).read()).isEqualTo(value);
        assertThat(in.isReadable()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("bothWays")
    void writes(String wire, AmfValue value) {
        ByteBuf out = Unpooled.buffer();
        Amf0Writer.write(out, value);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(wire.replace(" ", ""));
    }

    @Test
    void longStringsGetTheLongMarker() throws AmfException {
        ByteBuf out = Unpooled.buffer();
        var text = new AmfString("x".repeat(70_000));
        Amf0Writer.write(out, text);
        assertThat(out.getByte(0)).isEqualTo((byte) 12);
        assertThat(new Amf0Reader(out).read()).isEqualTo(text);
    }

    @Test
    void refusesDepthCountsAndUnknownMarkers() {
        assertThatThrownBy(() -> new Amf0Reader(hex("03 0001 61".repeat(40))).read())
                .isInstanceOf(AmfException.class)
                .hasMessageContaining("deeper than 16");
        assertThatThrownBy(() -> new Amf0Reader(hex("0a 7fffffff")).read())
                .hasMessageContaining("array of 2147483647");
        assertThatThrownBy(() -> new Amf0Reader(hex("0a 00000500" + "05".repeat(1280))).read())
                .isInstanceOf(AmfException.class);
        assertThatThrownBy(() -> new Amf0Reader(hex("0c ffffffff 00")).read())
                .hasMessageContaining("cut off");
        assertThatThrownBy(() -> new Amf0Reader(hex("11 0a 07 01")).read())
                .hasMessageContaining("externalizable");
        assertThatThrownBy(() -> new Amf0Reader(hex("63")).read())
                .hasMessageContaining("marker 99");
    }

    @Test
    void noInputThrowsAnythingUnchecked() {
        for (int seed = 0; seed < 8_000; seed++) {
            var random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            // Markers are small numbers: make them likely.
            for (int i = 0; i < bytes.length; i++) {
                if (random.nextInt(3) > 0) {
                    bytes[i] = (byte) random.nextInt(19);
                }
            }
            try {
                Amf0Reader.readAll(Unpooled.wrappedBuffer(bytes));
            } catch (AmfException _) {
                // what it may do
            }
        }
    }

    /// References to references: 2^40 values in 400 bytes, were they not counted.
    @Test
    void whatIsReferredToCountsEveryTime() {
        ByteBuf in = Unpooled.buffer();
        in.writeByte(10).writeInt(41);
        in.writeByte(10).writeInt(1).writeByte(5);
        for (int i = 1; i <= 40; i++) {
            in.writeByte(10).writeInt(2);
            in.writeByte(7).writeShort(i).writeByte(7).writeShort(i);
        }
        assertThatThrownBy(() -> Amf0Reader.readAll(in)).isInstanceOf(AmfException.class);
        in.release();
    }
}
