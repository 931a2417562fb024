package io.millrace.delivery.media;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.util.Random;

class TimescaleTest {
    @Test
    void roundsHalfUpOnBothSidesOfZero() {
        assertThat(Timescale.rescale(1, 2, 1)).isEqualTo(1);
        assertThat(Timescale.rescale(-1, 2, 1)).isEqualTo(0);
        assertThat(Timescale.rescale(-3, 2, 1)).isEqualTo(-1);
        assertThat(Timescale.rescale(1024, 44_100, 90_000)).isEqualTo(2090);
        assertThat(Timescale.rescale(-1024, 48_000, 90_000)).isEqualTo(-1920);
    }

    @Test
    void agreesWithExactArithmetic() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            int from = 1 + random.nextInt(Integer.MAX_VALUE);
            int to = 1 + random.nextInt(100_000_000);
            long ticks = random.nextLong() >> 30 + random.nextInt(30);
            BigInteger twice = BigInteger.valueOf(ticks).multiply(BigInteger.valueOf(2L * to));
            // With an odd source scale nothing is exactly half.
            BigInteger[] parts =
                    twice.add(BigInteger.valueOf(from % 2 == 0 ? from : from - 1L))
                            .divideAndRemainder(BigInteger.valueOf(2L * from));
            long expected = parts[0].longValueExact() - (parts[1].signum() < 0 ? 1 : 0);
            assertThat(Timescale.rescale(ticks, from, to))
                    .as("%d from %d to %d", ticks, from, to)
                    .isEqualTo(expected);
        }
    }

    @Test
    void neverDriftsOverARoundTripOfDurations() {
        long sum = 0;
        for (int i = 0; i < 1_000_000; i++) {
            sum +=
                    Timescale.rescale((i + 1) * 1024L, 44_100, 90_000)
                            - Timescale.rescale(i * 1024L, 44_100, 90_000);
        }
        assertThat(sum).isEqualTo(Timescale.rescale(1_000_000 * 1024L, 44_100, 90_000));
    }
}
