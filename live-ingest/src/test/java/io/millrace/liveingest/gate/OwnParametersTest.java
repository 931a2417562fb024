package io.millrace.liveingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnParametersTest {
    @Test
    void directivesTellNobodyApart() {
        assertThat(OwnParameters.of("")).isEmpty();
        assertThat(OwnParameters.of("_HLS_msn=5&_HLS_part=2&_HLS_skip=YES")).isEmpty();
        assertThat(OwnParameters.of("from=start&CMCD=bl%3D2&_=1700000000&_")).isEmpty();
        assertThat(OwnParameters.of("&&")).isEmpty();
    }

    @Test
    void whatIsTheViewersOwnDoes() {
        assertThat(OwnParameters.of("token=a")).isEqualTo("token=a");
        assertThat(OwnParameters.of("_HLS_msn=5&token=a&from=start&room=1"))
                .isEqualTo("token=a&room=1");
        assertThat(OwnParameters.of("fromage=brie&_x=1&CMCDx=2"))
                .isEqualTo("fromage=brie&_x=1&CMCDx=2");
    }

    @Test
    void longOnesAreKeptShort() {
        String token = "token=" + "a".repeat(4000);
        assertThat(OwnParameters.of(token)).hasSizeLessThan(60).startsWith("#");
        assertThat(OwnParameters.of(token)).isNotEqualTo(OwnParameters.of(token + "b"));
        assertThat(OwnParameters.of("_HLS_msn=5&" + token)).isEqualTo(OwnParameters.of(token));
    }
}
