package io.millrace.delivery.thumbnail;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;

/// Which samples of a track make the picture of a moment. Stateless.
///
/// A moment's picture is either that of the nearest key frame, before or after (the earlier one of
/// two as near): one sample to decode; or exactly the frame that players show then, for which
/// everything from the key frame before it on is decoded, up to it and not further.
public final class FrameChooser {
    /// How far behind its key frame an exact frame may be: 30 s at 60 a second.
    static final int MAX_DECODED = 1800;

    /// Pictures shown before the key frame that they follow in the file (open GOP) are within this.
    private static final int REORDER_WINDOW = 64;

    private FrameChooser() {}

    /// A run of samples in decode order, and the one of them to show.
    public record Frames(int first, int shown) {
        public int count() {
            return shown - first + 1;
        }
    }

    /// The key frame shown nearest to a time.
    public static int nearestKey(Track track, long timeMs) {
        SampleTable samples = track.samples();
        if (samples.syncCount() == 0) {
            return 0;
        }
        long time = Timescale.rescale(timeMs, Timescale.MILLISECONDS, track.timescale());
        int before = keyAtOrBefore(track, time);
        int sample = samples.syncSample(before);
        if (before + 1 < samples.syncCount()) {
            int next = samples.syncSample(before + 1);
            long early = time - track.presentationTime(sample);
            if (track.presentationTime(next) - time < early) {
                return next;
            }
        }
        return sample;
    }

    /// The frame shown at a time; before the first one the first, after the last one the last.
    ///
    /// @throws UnsupportedMediaException when it is too far from its key frame
    public static Frames exact(Track track, long timeMs) throws UnsupportedMediaException {
        SampleTable samples = track.samples();
        long time = Timescale.rescale(timeMs, Timescale.MILLISECONDS, track.timescale());
        int first = 0;
        int end = samples.count();
        if (samples.syncCount() > 0) {
            int key = keyAtOrBefore(track, time);
            first = samples.syncSample(key);
            if (key + 1 < samples.syncCount()) {
                int next = samples.syncSample(key + 1);
                end = Math.min(samples.count(), next + REORDER_WINDOW);
            }
        }
        end = (int) Math.min(end, first + (long) MAX_DECODED + 2 * REORDER_WINDOW);
        int shown = first;
        long best = track.presentationTime(first);
        for (int i = first + 1; i < end; i++) {
            long at = track.presentationTime(i);
            if (at <= time && at > best) {
                best = at;
                shown = i;
            }
        }
        if (shown - first >= MAX_DECODED) {
            throw new UnsupportedMediaException(
                    "the frame at "
                            + timeMs
                            + " ms is more than "
                            + MAX_DECODED
                            + " frames behind its key frame");
        }
        return new Frames(first, shown);
    }

    /// The n of the last sync sample shown at or before a time; 0 when there is none.
    private static int keyAtOrBefore(Track track, long time) {
        SampleTable samples = track.samples();
        int low = 0;
        int high = samples.syncCount() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (track.presentationTime(samples.syncSample(middle)) <= time) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
