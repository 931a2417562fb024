package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class FlvTagDecoderTest {
    private final List<String> tags = new ArrayList<>();

    private FlvTagDecoder decoder() {
        tags.clear();
        return new FlvTagDecoder(
                UnpooledByteBufAllocator.DEFAULT,
                (type, time, body) -> {
                    tags.add(type + " " + time + " " + ByteBufUtil.hexDump(body));
                    body.release();
                });
    }

    private static byte[] stream() {
        ByteBuf out = Unpooled.buffer();
        out.writeMedium('F' << 16 | 'L' << 8 | 'V').writeByte(1).writeByte(5);
        out.writeInt(9).writeInt(0);
        tag(out, 18, 0, new byte[] {1, 2, 3});
        tag(out, 9, 0xFF12_3456L, new byte[] {4});
        tag(out, 8, 0x7F, new byte[0]);
        return ByteBufUtil.getBytes(out);
    }

    private static void tag(ByteBuf out, int type, long time, byte[] body) {
        out.writeByte(type).writeMedium(body.length);
        out.writeMedium((int) time & 0xFF_FFFF).writeByte((int) (time >>> 24)).writeMedium(0);
        out.writeBytes(body).writeInt(11 + body.length);
    }

    @Test
    void readsTagsHoweverTheBytesArrive() throws Exception {
        byte[] stream = stream();
        for (int split = 0; split <= stream.length; split++) {
            try (FlvTagDecoder decoder = decoder()) {
                decoder.read(Unpooled.wrappedBuffer(stream, 0, split));
                decoder.read(Unpooled.wrappedBuffer(stream, split, stream.length - split));
            }
            assertThat(tags).containsExactly("18 0 010203", "9 " + 0xFF12_3456L + " 04", "8 127 ");
        }
    }

    @Test
    void refusesWhatIsNoFlvAndTagsWithoutMeasure() {
        assertThatThrownBy(() -> decoder().read(Unpooled.wrappedBuffer(new byte[13])))
                .isInstanceOf(FlvException.class);
        byte[] huge = stream();
        huge[14] = (byte) 0xFF;
        assertThatThrownBy(() -> decoder().read(Unpooled.wrappedBuffer(huge)))
                .isInstanceOf(FlvException.class);
    }

    @Test
    void anyBytesAreReadOrRefused() {
        var random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = stream();
            for (int i = 0; i < 4; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try (FlvTagDecoder decoder = decoder()) {
                decoder.read(Unpooled.wrappedBuffer(bytes));
            } catch (FlvException e) {
                assertThat(e).hasMessageMatching("no FLV header|FLV header of.*|tag of.*");
            }
        }
    }
}
