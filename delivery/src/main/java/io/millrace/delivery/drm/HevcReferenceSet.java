package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// `st_ref_pic_set`, H.265 §7.3.7 and §7.4.8: pictures before (by falling order) and after, each
/// with whether the current picture uses it.
///
/// @param deltas picture order count differences; the first `negatives` of them below zero
record HevcReferenceSet(int[] deltas, boolean[] used, int negatives) {
    private static final int MAX_PICTURES = 16;

    int usedCount() {
        int count = 0;
        for (boolean one : used) {
            count += one ? 1 : 0;
        }
        return count;
    }

    /// @param index of the set; the number of known ones in a slice header
    /// @param known sets before it
    /// @return null when it is not sound
    static @Nullable HevcReferenceSet read(NalBits in, int index, HevcReferenceSet[] known) {
        if (index > 0 && in.flag()) {
            int back = index == known.length ? in.ue() + 1 : 1;
            if (back > index || back <= 0) {
                return null;
            }
            boolean negative = in.flag();
            int magnitude = in.ue() + 1;
            return predicted(in, known[index - back], negative ? -magnitude : magnitude);
        }
        int negatives = in.ue();
        int positives = in.ue();
        if (negatives > MAX_PICTURES || positives > MAX_PICTURES || in.overrun()) {
            return null;
        }
        int[] deltas = new int[negatives + positives];
        boolean[] used = new boolean[deltas.length];
        int delta = 0;
        for (int i = 0; i < deltas.length; i++) {
            if (i == negatives) {
                delta = 0;
            }
            int step = in.ue() + 1;
            delta += i < negatives ? -step : step;
            deltas[i] = delta;
            used[i] = in.flag();
        }
        return in.overrun() ? null : new HevcReferenceSet(deltas, used, negatives);
    }

    /// §7.4.8, (7-61) and (7-62).
    private static @Nullable HevcReferenceSet predicted(
            NalBits in, HevcReferenceSet from, int delta) {
        int count = from.deltas.length;
        boolean[] fromUsed = new boolean[count + 1];
        boolean[] taken = new boolean[count + 1];
        for (int j = 0; j <= count; j++) {
            fromUsed[j] = in.flag();
            taken[j] = fromUsed[j] || in.flag();
        }
        if (in.overrun()) {
            return null;
        }
        int[] deltas = new int[count + 1];
        boolean[] used = new boolean[count + 1];
        int n = 0;
        int negatives = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
            // The other side's nearest come first, then the set's own picture, then this side's.
            boolean below = sign < 0;
            int otherFirst = below ? from.negatives : 0;
            int otherEnd = below ? count : from.negatives;
            for (int j = otherEnd - 1; j >= otherFirst; j--) {
                n = add(from.deltas[j] + delta, sign, taken[j], fromUsed[j], deltas, used, n);
            }
            n = add(delta, sign, taken[count], fromUsed[count], deltas, used, n);
            int ownFirst = below ? 0 : from.negatives;
            int ownEnd = below ? from.negatives : count;
            for (int j = ownFirst; j < ownEnd; j++) {
                n = add(from.deltas[j] + delta, sign, taken[j], fromUsed[j], deltas, used, n);
            }
            if (below) {
                negatives = n;
            }
        }
        if (n > MAX_PICTURES) {
            return null;
        }
        return new HevcReferenceSet(Arrays.copyOf(deltas, n), Arrays.copyOf(used, n), negatives);
    }

    private static int add(
            int delta,
            int sign,
            boolean taken,
            boolean isUsed,
            int[] deltas,
            boolean[] used,
            int n) {
        if (!taken || Integer.signum(delta) != sign) {
            return n;
        }
        deltas[n] = delta;
        used[n] = isUsed;
        return n + 1;
    }
}
