package io.millrace.delivery.media;

import java.math.BigInteger;
import java.util.Locale;

/// Pictures per second as a ratio in lowest terms, like 30000/1001.
public record FrameRate(int numerator, int denominator) {
    public FrameRate {
        if (numerator <= 0 || denominator <= 0) {
            throw new IllegalArgumentException(
                    "frame rate: " + numerator + "/" + denominator + " (expected: positive)");
        }
        int divisor =
                BigInteger.valueOf(numerator).gcd(BigInteger.valueOf(denominator)).intValueExact();
        numerator /= divisor;
        denominator /= divisor;
    }

    /// With three decimals, as HLS wants it.
    public String decimal() {
        return String.format(Locale.ROOT, "%.3f", (double) numerator / denominator);
    }

    /// As DASH wants it: `25` or `30000/1001`.
    public String ratio() {
        return denominator == 1 ? Integer.toString(numerator) : numerator + "/" + denominator;
    }
}
