package io.millrace.liveingest.ladder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.liveingest.flv.FlvException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class FlvTagReaderTest {
    private static ByteBuf header() {
        return Unpooled.buffer().writeMedium(0x464C56).writeShort(0x0101).writeInt(9).writeInt(0);
    }

    private static void tag(ByteBuf out, int type, long time, byte[] body) {
        out.writeByte(type).writeMedium(body.length);
        out.writeMedium((int) time).writeByte((int) (time >>> 24)).writeMedium(0);
        out.writeBytes(body).writeInt(body.length + 11);
    }

    private static FlvTagReader reader(InputStream in) {
        return new FlvTagReader(in, UnpooledByteBufAllocator.DEFAULT);
    }

    private static List<String> read(InputStream in) throws Exception {
        FlvTagReader reader = reader(in);
        List<String> tags = new ArrayList<>();
        for (FlvTagReader.Tag tag = reader.next(); tag != null; tag = reader.next()) {
            tags.add(tag.type() + " " + tag.timeMs() + " " + ByteBufUtil.hexDump(tag.body()));
            tag.body().release();
        }
        return tags;
    }

    @Test
    void readsTagsHoweverFewBytesComeAtOnce() throws Exception {
        ByteBuf stream = header();
        tag(stream, 18, 0, new byte[0]);
        tag(stream, 9, 0xFEDCBA98L, new byte[] {1, 2, 3});
        tag(stream, 0x29, 40, new byte[] {4});
        byte[] bytes = ByteBufUtil.getBytes(stream);
        InputStream drops =
                new InputStream() {
                    private int at;

                    @Override
                    public int read() {
                        return at < bytes.length ? bytes[at++] & 0xFF : -1;
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        int one = read();
                        if (one < 0) {
                            return -1;
                        }
                        into[offset] = (byte) one;
                        return 1;
                    }
                };
        assertThat(read(drops)).containsExactly("18 0 ", "9 4275878552 010203", "9 40 04");
    }

    @Test
    void aStreamThatIsCutAnywhereEndsThere() throws Exception {
        ByteBuf stream = header();
        tag(stream, 9, 1, new byte[] {1, 2, 3});
        byte[] bytes = ByteBufUtil.getBytes(stream);
        for (int cut = 0; cut < bytes.length; cut++) {
            assertThat(read(new ByteArrayInputStream(bytes, 0, cut))).isEmpty();
        }
        assertThat(read(new ByteArrayInputStream(bytes))).hasSize(1);
    }

    @Test
    void aTagThatClaimsToBeHugeIsRefusedBeforeItIsMadeRoomFor() {
        ByteBuf stream = header().writeByte(9).writeMedium(0xFFFFFF).writeLong(0);
        assertThatThrownBy(() -> read(new ByteArrayInputStream(ByteBufUtil.getBytes(stream))))
                .isInstanceOf(FlvException.class)
                .hasMessageContaining("16777215");
    }

    @Test
    void whatIsNoFlvIsRefused() {
        var random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[64];
            random.nextBytes(noise);
            assertThatThrownBy(() -> read(new ByteArrayInputStream(noise)))
                    .isInstanceOf(FlvException.class);
        }
        byte[] text = new byte[64];
        Arrays.fill(text, (byte) 'F');
        assertThatThrownBy(() -> read(new ByteArrayInputStream(text)))
                .isInstanceOf(FlvException.class);
    }
}
