package io.millrace.liveingest.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

/// Which NAL units of an access unit become part of a sample.
class NalFilterTest {
    @ParameterizedTest
    @CsvSource({
        // AUD, SPS, PPS, SEI, IDR: the last two stay.
        "AVC_UNITS, 0000000209f0000000026700000000026800000000020601000000026588, 0000000206010000000265 88",
        "AVC_UNITS, 000000036588840000000141, 000000036588840000000141",
        "AVC_UNITS, 00000001410000000 20cff, 0000000141",
        // VPS, SPS, PPS, AUD, filler, SEI, IDR_W_RADL
        "HEVC_UNITS, 000000024001000000024201000000024401000000024601000000024c01000000024e010000000226 01, 000000024e01000000022601",
        // What lies about its length stays as it is.
        "AVC_UNITS, 0000000209f0000000ff65, 0000000209f0000000ff65",
        // Nothing but a delimiter: a sample must have something.
        "AVC_UNITS, 0000000209f0, 0000000209f0",
        "NONE, 0000000209f0, 0000000209f0",
    })
    void leavesOutWhatASampleMustNotHave(NalFilter filter, String unit, String kept) {
        ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex(unit.replace(" ", "")));
        ByteBuf out = filter.retained(in);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(kept.replace(" ", ""));
        out.release();
        assertThat(in.refCnt()).isEqualTo(1);
        in.release();
    }

    @Test
    void whatIsWholeIsNotCopied() {
        ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of().parseHex("0000000165"));
        ByteBuf out = NalFilter.AVC_UNITS.retained(in);
        assertThat(out).isSameAs(in);
        out.release();
        in.release();
    }
}
