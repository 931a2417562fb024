package io.millrace.liveingest.live;

import java.time.Instant;

/// Wall clock of a time on the stream's line.
@FunctionalInterface
public interface WallTime {
    Instant at(long streamMs);
}
