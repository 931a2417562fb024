package io.millrace.liveingest.ladder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.decode.Decoders.Fence;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class LadderRungTest {
    @Test
    void heightsAndRatesAreRead() {
        assertThat(LadderRung.parse(" 720p:2500k")).isEqualTo(new LadderRung(720, 2_500_000));
        assertThat(LadderRung.parse("1080p:4.5M")).isEqualTo(new LadderRung(1080, 4_500_000));
        assertThat(LadderRung.parse("360p:800k").name()).isEqualTo("360p");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "720",
                "720p",
                "720:1M",
                "p:1M",
                "720p:1",
                "720p:1k",
                "50p:1M",
                "720p:900M"
            })
    void othersAreRefused(String text) {
        assertThatThrownBy(() -> LadderRung.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rungsHaveDifferentHeights() {
        List<LadderRung> twice = List.of(LadderRung.parse("90p:50k"), LadderRung.parse("90p:60k"));
        assertThatThrownBy(() -> new LadderOptions(twice, 0, Fence.IF_POSSIBLE, null))
                .hasMessageContaining("two of 90p");
    }
}
