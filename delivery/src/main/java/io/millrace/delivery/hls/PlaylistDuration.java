package io.millrace.delivery.hls;

import io.millrace.delivery.media.Timescale;

/// `EXTINF` texts whose sum follows the media: each is the difference of two absolute times in
/// microseconds, so that rounding is carried and not added up.
final class PlaylistDuration {
    private PlaylistDuration() {}

    /// Appends `seconds.micros` of the time between two absolute times.
    static void append(StringBuilder out, long fromTicks, long toTicks, int timescale) {
        long micros = micros(fromTicks, toTicks, timescale);
        out.append(micros / 1_000_000).append('.');
        long fraction = micros % 1_000_000;
        for (long digit = 100_000; digit > 0; digit /= 10) {
            out.append((char) ('0' + fraction / digit % 10));
        }
    }

    static long micros(long fromTicks, long toTicks, int timescale) {
        return Timescale.rescale(toTicks, timescale, Timescale.MICROSECONDS)
                - Timescale.rescale(fromTicks, timescale, Timescale.MICROSECONDS);
    }
}
