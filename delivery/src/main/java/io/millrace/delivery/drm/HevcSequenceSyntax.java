package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

/// What slice headers want of `seq_parameter_set_rbsp`, H.265 §7.3.2.2.
///
/// @param addressBits of `slice_segment_address`
/// @param longTermPictures whether the current picture uses each long-term picture of the set
record HevcSequenceSyntax(
        int id,
        boolean separatePlanes,
        boolean monochrome,
        int addressBits,
        int orderBits,
        boolean adaptiveOffset,
        HevcReferenceSet[] referenceSets,
        boolean longTerm,
        boolean[] longTermPictures,
        boolean temporalPrediction) {
    private static final int MAX_REFERENCE_SETS = 64;
    private static final int MAX_LONG_TERM = 32;

    /// Ceil(Log2(count)).
    static int bitsFor(int count) {
        return count <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(count - 1);
    }

    /// @param in over the NAL unit with its header
    /// @return null when it is not sound
    static @Nullable HevcSequenceSyntax read(NalBits in) {
        in.skip(16 + 4);
        int maxSubLayers = in.bits(3);
        in.skip(1);
        skipProfileTierLevel(in, maxSubLayers);
        int id = in.ue();
        int chroma = in.ue();
        boolean separate = chroma == 3 && in.flag();
        int width = in.ue();
        int height = in.ue();
        if (in.flag()) {
            for (int i = 0; i < 4; i++) {
                in.ue();
            }
        }
        in.ue();
        in.ue();
        int orderBits = in.ue() + 4;
        for (int i = in.flag() ? 0 : maxSubLayers; i <= maxSubLayers; i++) {
            in.ue();
            in.ue();
            in.ue();
        }
        int minLog2 = in.ue() + 3;
        int treeLog2 = minLog2 + in.ue();
        for (int i = 0; i < 4; i++) {
            in.ue();
        }
        boolean scalingLists = in.flag();
        if (scalingLists && in.flag()) {
            skipScalingLists(in);
        }
        in.skip(1); // amp
        boolean adaptiveOffset = in.flag();
        if (in.flag()) { // PCM
            in.skip(8);
            in.ue();
            in.ue();
            in.skip(1);
        }
        int sets = in.ue();
        if (in.overrun()
                || sets > MAX_REFERENCE_SETS
                || treeLog2 > 6
                || orderBits > 16
                || width <= 0
                || height <= 0
                || width > 1 << 16
                || height > 1 << 16) {
            return null;
        }
        HevcReferenceSet[] referenceSets = new HevcReferenceSet[sets];
        for (int i = 0; i < sets; i++) {
            HevcReferenceSet set = HevcReferenceSet.read(in, i, referenceSets);
            if (set == null) {
                return null;
            }
            referenceSets[i] = set;
        }
        boolean longTerm = in.flag();
        boolean[] longTermPictures = {};
        if (longTerm) {
            int count = in.ue();
            if (count > MAX_LONG_TERM) {
                return null;
            }
            longTermPictures = new boolean[count];
            for (int i = 0; i < count; i++) {
                in.skip(orderBits);
                longTermPictures[i] = in.flag();
            }
        }
        boolean temporalPrediction = in.flag();
        int treeSize = 1 << treeLog2;
        int trees = ((width + treeSize - 1) >> treeLog2) * ((height + treeSize - 1) >> treeLog2);
        return in.overrun()
                ? null
                : new HevcSequenceSyntax(
                        id,
                        separate,
                        separate || chroma == 0,
                        bitsFor(trees),
                        orderBits,
                        adaptiveOffset,
                        referenceSets,
                        longTerm,
                        longTermPictures,
                        temporalPrediction);
    }

    /// §7.3.3.
    private static void skipProfileTierLevel(NalBits in, int maxSubLayers) {
        in.skip(88 + 8);
        int profiles = 0;
        int levels = 0;
        for (int i = 0; i < maxSubLayers; i++) {
            profiles += in.bit();
            levels += in.bit();
        }
        if (maxSubLayers > 0) {
            in.skip(2 * (8 - maxSubLayers));
        }
        in.skip(88 * profiles + 8 * levels);
    }

    /// `scaling_list_data`, §7.3.4.
    static void skipScalingLists(NalBits in) {
        for (int size = 0; size < 4; size++) {
            for (int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
                if (!in.flag()) {
                    in.ue();
                } else {
                    int coefficients = Math.min(64, 1 << 4 + (size << 1));
                    if (size > 1) {
                        in.se();
                    }
                    for (int i = 0; i < coefficients && !in.overrun(); i++) {
                        in.se();
                    }
                }
            }
        }
    }
}
