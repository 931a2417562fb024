package io.millrace.delivery.mpegts;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.aac.AacConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

class TsMuxerTest {
    private static final TsStream VIDEO =
            new TsStream(
                    true,
                    0x1B,
                    0xE0,
                    new byte[0],
                    4,
                    TsStream.AVC_DELIMITER,
                    new byte[] {0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x68},
                    null);

    private static TsStream audio() throws Exception {
        return TsStream.of(AacConfig.parse(HexFormat.of().parseHex("1190")), "eng");
    }

    @Test
    void tablesAreTheKnownBytes() throws Exception {
        ByteBuf out = Unpooled.buffer();
        new TsMuxer(List.of(VIDEO, audio())).writeTables(out);
        assertThat(ByteBufUtil.hexDump(out, 0, 21))
                .isEqualTo("47400010" + "00" + "00b00d0001c100000001efff" + "3690e23d");
        assertThat(ByteBufUtil.hexDump(out, 188, 37))
                .startsWith(
                        "474fff10"
                                + "00"
                                + "02b01d0001c10000e100f000"
                                + "1be100f000"
                                + "0fe101f0060a04656e6700");
        assertThat(out.readableBytes()).isEqualTo(376);
    }

    /// The check value of CRC-32/MPEG-2.
    @Test
    void crcIsMpegs() {
        MpegCrc32 crc = new MpegCrc32();
        crc.update("123456789".getBytes(StandardCharsets.US_ASCII), 0, 9);
        assertThat(crc.getValue()).isEqualTo(0x0376E6E7L);
    }

    @Test
    void everyLengthOfAccessUnitComesBack() {
        TsMuxer muxer = new TsMuxer(List.of(VIDEO));
        int counter = 0;
        for (int length = 1; length < 800; length++) {
            boolean sync = length % 3 == 0;
            ByteBuf unit = Unpooled.buffer().writeInt(length);
            for (int i = 0; i < length; i++) {
                unit.writeByte(0x41 + i % 7);
            }
            ByteBuf out = Unpooled.buffer();
            long dts = 9_000L + 3_000L * length;
            long pts = length % 2 == 0 ? dts : dts + 6_000;
            muxer.writeVideo(out, 0, unit, pts, dts, sync);
            byte[] ts = ByteBufUtil.getBytes(out);
            assertThat(ts.length % 188).isZero();
            assertThat(ts[5] & 0x50).isEqualTo(sync ? 0x50 : 0x10);
            byte[] pes = payload(ts, counter);
            counter += ts.length / 188;
            int header = 9 + pes[8];
            assertThat(timestamp(pes, 9)).isEqualTo(pts);
            assertThat(pes[8]).isEqualTo((byte) (pts == dts ? 5 : 10));
            if (pts != dts) {
                assertThat(timestamp(pes, 14)).isEqualTo(dts);
            }
            ByteBuf expected = Unpooled.buffer().writeBytes(VIDEO.delimiter());
            if (sync) {
                expected.writeBytes(VIDEO.parameterSets());
            }
            expected.writeInt(1).writeBytes(unit, 4, length);
            assertThat(Arrays.copyOfRange(pes, header, pes.length))
                    .isEqualTo(ByteBufUtil.getBytes(expected));
        }
    }

    @Test
    void audioFramesGetTheirHeaders() throws Exception {
        TsMuxer muxer = new TsMuxer(List.of(audio()));
        Random random = new Random(2);
        int counter = 0;
        for (int round = 0; round < 100; round++) {
            int[] sizes = {1 + random.nextInt(700), 1 + random.nextInt(700)};
            byte[] frames = new byte[sizes[0] + sizes[1]];
            random.nextBytes(frames);
            ByteBuf out = Unpooled.buffer();
            muxer.writeAudio(out, 0, Unpooled.wrappedBuffer(frames), sizes, 2, 1L << 33 | 5);
            byte[] ts = ByteBufUtil.getBytes(out);
            byte[] pes = payload(ts, counter);
            counter += ts.length / 188;
            assertThat(timestamp(pes, 9)).isEqualTo(5);
            int at = 14;
            int from = 0;
            for (int size : sizes) {
                assertThat(pes[at]).isEqualTo((byte) 0xFF);
                int length =
                        (pes[at + 3] & 3) << 11 | (pes[at + 4] & 0xFF) << 3 | pes[at + 5] >> 5 & 7;
                assertThat(length).isEqualTo(size + 7);
                assertThat(Arrays.copyOfRange(pes, at + 7, at + length))
                        .isEqualTo(Arrays.copyOfRange(frames, from, from + size));
                at += length;
                from += size;
            }
            assertThat(at).isEqualTo(pes.length);
        }
    }

    /// Joins the packets' payloads, checking headers and counters on the way.
    private static byte[] payload(byte[] ts, int firstCounter) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < ts.length; at += 188) {
            assertThat(ts[at]).isEqualTo((byte) 0x47);
            assertThat(ts[at + 3] & 0xF).isEqualTo(firstCounter + at / 188 & 0xF);
            int start = at + 4;
            if ((ts[at + 3] & 0x20) != 0) {
                start += 1 + (ts[at + 4] & 0xFF);
            }
            out.write(ts, start, at + 188 - start);
        }
        return out.toByteArray();
    }

    private static long timestamp(byte[] pes, int at) {
        return (long) (pes[at] >> 1 & 7) << 30
                | (pes[at + 1] & 0xFF) << 22
                | (pes[at + 2] & 0xFE) << 14
                | (pes[at + 3] & 0xFF) << 7
                | (pes[at + 4] & 0xFE) >> 1;
    }
}
