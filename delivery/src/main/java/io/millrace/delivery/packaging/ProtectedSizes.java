package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.EncryptionScheme;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.WholeSegmentCipher;

/// Sizes of encrypted segments from those of the clear ones, for bit rates.
final class ProtectedSizes {
    private ProtectedSizes() {}

    /// @param clear of each segment; not changed
    static long[] of(
            MediaSet set,
            Rendition rendition,
            SegmentFormat format,
            Protection protection,
            long[] clear) {
        if (protection.scheme() == EncryptionScheme.AES_128) {
            long[] sizes = new long[clear.length];
            for (int k = 0; k < sizes.length; k++) {
                sizes[k] = clear[k] == 0 ? 0 : WholeSegmentCipher.encryptedSize(clear[k]);
            }
            return sizes;
        }
        if (format == SegmentFormat.TS) {
            return clear;
        }
        PlannedTrack[] planned = FragmentedSegment.planned(set, rendition);
        long[] sizes = new long[clear.length];
        for (int k = 0; k < sizes.length; k++) {
            sizes[k] = clear[k] + ProtectedFragmentedSegment.expectedOverhead(planned, k);
        }
        return sizes;
    }
}
