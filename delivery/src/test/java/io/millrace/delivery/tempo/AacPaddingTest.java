package io.millrace.delivery.tempo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.codec.BitReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

/// Frames of {@link AacPadding}, read back bit by bit.
class AacPaddingTest {
    /// `content` bits of ones and zeros in turn, then `ID_END` and zeros to the byte.
    private static byte[] frame(int content) {
        byte[] frame = new byte[(content + 3 + 7) / 8];
        for (int bit = 0; bit < content; bit += 2) {
            frame[bit >> 3] |= (byte) (0x80 >> (bit & 7));
        }
        for (int bit = content; bit < content + 3; bit++) {
            frame[bit >> 3] |= (byte) (0x80 >> (bit & 7));
        }
        return frame;
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18, 19, 20, 21, 22, 23})
    void fillElementsReachEverySize(int content) throws Exception {
        byte[] frame = frame(content);
        for (int wanted = frame.length; wanted < 1200; wanted++) {
            byte[] out = Arrays.copyOf(frame, wanted);
            AacPadding.pad(out, 0, frame.length, wanted);
            var in = new BitReader(out, 0, wanted);
            for (int bit = 0; bit < content; bit++) {
                assertThat(in.flag()).isEqualTo(bit % 2 == 0);
            }
            int element;
            while ((element = in.bits(3)) == 6) {
                int count = in.bits(4);
                count = count == 15 ? 14 + in.bits(8) : count;
                for (int i = 0; i < count; i++) {
                    assertThat(in.bits(8)).isEqualTo(i == 0 ? 0 : 0xA5);
                }
            }
            assertThat(element).as("ID_END of %d in %d", content, wanted).isEqualTo(7);
            assertThat(in.left()).isLessThan(8);
            assertThat(in.bits(in.left())).isZero();
        }
    }

    private static byte[] adts(byte[] frame) {
        int length = 7 + frame.length;
        byte[] out = new byte[length];
        out[0] = (byte) 0xFF;
        out[1] = (byte) 0xF1;
        out[3] = (byte) (length >> 11);
        out[4] = (byte) (length >> 3);
        out[5] = (byte) (length << 5);
        System.arraycopy(frame, 0, out, 7, frame.length);
        return out;
    }

    @Test
    void aFrameThatIsTooLargeIsToldAndMissingOnesAreRefused() {
        byte[] adts = adts(frame(800));
        assertThat(AacPadding.frames(adts, 0, 1, 101)).hasSize(101);
        assertThat(AacPadding.frames(adts, 0, 1, 100)).isNull();
        assertThatThrownBy(() -> AacPadding.frames(adts, 1, 1, 200))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: 2 frames");
        assertThatThrownBy(() -> AacPadding.frames(Arrays.copyOf(adts, 50), 0, 1, 200))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
