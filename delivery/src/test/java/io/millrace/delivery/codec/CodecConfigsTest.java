package io.millrace.delivery.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.dolby.Eac3Config;
import io.millrace.delivery.codec.flac.FlacConfig;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.codec.vp9.Vp9Config;
import io.millrace.delivery.failure.MalformedMediaException;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;

/// Decoder configurations byte by byte.
class CodecConfigsTest {
    /// Hex with `#` comments.
    private static byte[] bytes(String commented) {
        StringBuilder hex = new StringBuilder();
        commented.lines().forEach(line -> hex.append(line.replaceAll("#.*", "").strip()));
        return HexFormat.of().parseHex(hex.toString().replace(" ", ""));
    }

    @Test
    void ac3SaysItsRealChannels() throws Exception {
        // fscod 0 (48 kHz), bsid 8, bsmod 0, acmod 7 (3/2), lfeon 1, bit_rate_code 15
        Ac3Config config = Ac3Config.parse(bytes("10 3d e0"), 44_100);
        assertThat(config).isEqualTo(new Ac3Config(48_000, 6));
        assertThat(config.codecs()).isEqualTo("ac-3");
        assertThatThrownBy(() -> Ac3Config.parse(bytes("10 3d"), 0))
                .isInstanceOf(MalformedMediaException.class);
    }

    @Test
    void eac3SaysItsSoundObjects() throws Exception {
        String surround =
                """
                18 00       # data rate 768, one independent substream
                20 0f 00    # 48 kHz, bsid 16, acmod 7, lfe; no dependent substream
                """;
        assertThat(Eac3Config.parse(bytes(surround), 0)).isEqualTo(new Eac3Config(48_000, 6, 0));
        String objects =
                surround
                        + """
                        01 10   # extension type A, complexity index 16
                        """;
        Eac3Config atmos = Eac3Config.parse(bytes(objects), 0);
        assertThat(atmos.objects()).isEqualTo(16);
        assertThat(atmos.hlsChannels()).isEqualTo("16/JOC");
        String more =
                """
                18 00
                20 0f 03 00 # one dependent substream: Lrs/Rrs and Lc/Rc
                """;
        assertThat(Eac3Config.parse(bytes(more), 0).channels()).isEqualTo(6 + 2);
    }

    @Test
    void opus() throws Exception {
        OpusConfig config =
                OpusConfig.parse(
                        bytes(
                                """
                                00           # version
                                06           # channels
                                01 38        # pre-skip 312
                                00 00 ac 44  # made from 44.1 kHz
                                00 00        # gain
                                01           # mapping family, and its table
                                04 02 00 04 01 02 03 05
                                """));
        assertThat(config).isEqualTo(new OpusConfig(6, 312, 44_100));
        assertThat(config.sampleRate()).isEqualTo(48_000);
        assertThat(config.codecs()).isEqualTo("Opus");
        assertThat(config.dashCodecs()).isEqualTo("opus");
    }

    @Test
    void flacSaysRatesThatNoSampleEntryCan() throws Exception {
        FlacConfig config =
                FlacConfig.parse(
                        bytes(
                                """
                                00 00 00 00                  # version and flags
                                80 00 00 22                  # last block, STREAMINFO, 34 bytes
                                12 00 12 00 000000 000000    # block and frame sizes
                                2e e0 0b 70                  # 192 kHz, 6 channels, 24 bits
                                00 00 00 00
                                00000000000000000000000000000000
                                """));
        assertThat(config).isEqualTo(new FlacConfig(192_000, 6));
    }

    @Test
    void vp9SaysItsColours() throws Exception {
        Vp9Config config = Vp9Config.parse(bytes("01 000000 02 1f a2 09 10 09 0000"));
        assertThat(config.codecs()).isEqualTo("vp09.02.31.10");
        assertThat(config.color()).isEqualTo(new ColorInfo(9, 16, 9, false));
        assertThat(config.color().range()).isEqualTo(ColorInfo.Range.PQ);
    }

    @Test
    void av1WithoutASequenceHeader() throws Exception {
        Av1Config config = Av1Config.parse(bytes("81 08 4c 00"));
        assertThat(config.codecs()).isEqualTo("av01.0.08M.10");
        assertThat(config.width()).isZero();
        assertThat(config.color()).isEqualTo(ColorInfo.UNSPECIFIED);
    }

    /// USAC: object type 31 + 11 = 42; MPEG-TS has no form for it.
    @Test
    void xHeAac() throws Exception {
        // 11111 001010 0011 0010: escape, 10 -> 42, 48 kHz, stereo
        AacConfig config = AacConfig.parse(bytes("f9 46 40 00"));
        assertThat(config.codecs()).isEqualTo("mp4a.40.42");
        assertThat(config.sampleRate()).isEqualTo(48_000);
        assertThat(config.channels()).isEqualTo(2);
        assertThat(config.fitsAdts()).isFalse();
    }

    @Test
    void aacWhoseChannelsAProgramConfigElementSays() throws Exception {
        // LC, 48 kHz, channel configuration 0; front: one pair, back: one pair
        //   00010 0011 0000 000   object type, rate, channels; frame length, core coder, extension
        //   0000 01 0011          tag, profile, rate
        //   0001 0000 0001        front, side, back elements
        //   00 000 0000 0 0 0     lfe, data, coupling, mixdowns
        //   1 0000  1 0001        two pairs
        //   (padding) 00          no comment
        AacConfig config = AacConfig.parse(bytes("11 80 04 c4 04 00 21 10 00"));
        assertThat(config.channels()).isEqualTo(4);
        assertThat(config.fitsAdts()).isTrue();
        // id_syn_ele 5, then the same, then its own padding and no comment.
        assertThat(HexFormat.of().formatHex(config.programConfig())).startsWith("a09880");
    }
}
