package io.millrace.liveingest.play;

import java.time.Duration;

/// @param batch how long tags are gathered for one write to each viewer; zero: not at all
/// @param relayOnly whether nothing is packaged: streams have no viewers but these
public record PlayOptions(Duration batch, boolean relayOnly) {
    public static final PlayOptions DEFAULT = new PlayOptions(Duration.ofMillis(50), false);

    /// Up to so many viewers of a stream's framing there is nothing to be saved by gathering.
    static final int FEW_VIEWERS = 8;

    /// A viewer that has once had all there was may not fall behind by more.
    static final long MAX_LAG_MS = 2000;

    static final long MAX_LAG_BYTES = 2 << 20;

    /// A viewer whose connection takes nothing for so long is closed.
    static final long STUCK_MS = 10_000;

    /// What may lie unsent in the kernel for one viewer.
    public static final int UNSENT_BYTES = 128 << 10;

    public PlayOptions {
        if (batch.isNegative() || batch.toMillis() > 350) {
            throw new IllegalArgumentException("batch: " + batch + " (expected: 0..350 ms)");
        }
    }
}
