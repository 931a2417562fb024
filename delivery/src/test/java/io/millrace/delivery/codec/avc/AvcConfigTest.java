package io.millrace.delivery.codec.avc;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.failure.MalformedMediaException;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.Random;

class AvcConfigTest {
    /// libx264, High, level 3.0, 854x480 (cropped from 864x480), square pixels, 24 pictures a
    /// second.
    private static final byte[] RECORD =
            HexFormat.of()
                    .parseHex(
                            "0164001effe1001a6764001eacd940d83de6f011000003000100000300300f162d96"
                                    + "01000668ebe3cb22c0");

    @Test
    void readsSizeAndName() throws Exception {
        AvcConfig config = AvcConfig.parse(RECORD);
        assertThat(config.codecs()).isEqualTo("avc1.64001e");
        assertThat(config.nalLengthSize()).isEqualTo(4);
        assertThat(config.parameterSets()).hasSize(2);
        assertThat(config.sps().profileIdc()).isEqualTo(100);
        assertThat(config.width()).isEqualTo(854);
        assertThat(config.height()).isEqualTo(480);
        assertThat((double) config.sps().timeScale() / config.sps().numUnitsInTick() / 2)
                .isEqualTo(24.0);
    }

    @Test
    void survivesAnyDamage() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = java.util.Arrays.copyOf(RECORD, random.nextInt(RECORD.length + 1));
            for (int j = random.nextInt(4); j >= 0 && damaged.length > 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                AvcConfig config = AvcConfig.parse(damaged);
                assertThat(config.width()).isPositive();
                assertThat(config.height()).isPositive();
            } catch (MalformedMediaException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
    }
}
