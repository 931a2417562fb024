package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.media.Timescale;

import org.jspecify.annotations.Nullable;

/// `elst`, ISO/IEC 14496-12 §8.6.6, as far as it can be honoured by moving timestamps: an optional
/// empty edit, then one edit at rate 1. A longer list is ignored as a whole, never half.
///
/// @param shift what to add to media times, in the track's timescale
/// @param end where the presentation of the track ends, or `Long.MAX_VALUE` when not said
record EditList(long shift, long end) {
    static final EditList NONE = new EditList(0, Long.MAX_VALUE);
    private static final int MAX_TIMESCALE_RATIO_BITS = 48;

    static EditList read(@Nullable BoxReader elst, int movieTimescale, int timescale)
            throws MalformedMediaException {
        if (elst == null) {
            return NONE;
        }
        int version = elst.u8();
        elst.skip(3);
        int entries = elst.entries(version == 1 ? 20 : 12);
        long empty = 0;
        boolean found = false;
        long mediaTime = 0;
        long segmentDuration = 0;
        for (int i = 0; i < entries; i++) {
            long duration = version == 1 ? elst.i64() : elst.u32();
            long time = version == 1 ? elst.i64() : elst.i32();
            int rate = elst.i32();
            if (time == -1 && i == 0 && entries > 1) {
                empty = duration;
            } else if (found || time < 0 || rate != 0x10000) {
                return NONE;
            } else {
                found = true;
                mediaTime = time;
                segmentDuration = duration;
            }
        }
        if (!found || tooLong(empty) || tooLong(mediaTime) || tooLong(segmentDuration)) {
            return NONE;
        }
        long start = Timescale.rescale(empty, movieTimescale, timescale);
        long end =
                segmentDuration == 0
                        ? Long.MAX_VALUE
                        : start + Timescale.rescale(segmentDuration, movieTimescale, timescale);
        return new EditList(start - mediaTime, end);
    }

    private static boolean tooLong(long ticks) {
        return ticks < 0 || ticks >> MAX_TIMESCALE_RATIO_BITS != 0;
    }
}
