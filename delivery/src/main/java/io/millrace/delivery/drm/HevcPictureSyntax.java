package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

/// What slice headers want of `pic_parameter_set_rbsp`, H.265 §7.3.2.3.
record HevcPictureSyntax(
        int id,
        int sps,
        boolean dependentSlices,
        boolean outputFlag,
        int extraHeaderBits,
        boolean cabacInit,
        int references0,
        int references1,
        boolean chromaOffsets,
        boolean weighted,
        boolean weightedBi,
        boolean tiles,
        boolean wavefronts,
        boolean filterAcrossSlices,
        boolean deblockingOverride,
        boolean deblockingOff,
        boolean listModification,
        boolean headerExtension,
        boolean chromaOffsetList) {

    /// @param in over the NAL unit with its header
    /// @return null when it is not sound, or has an extension that changes slice headers
    static @Nullable HevcPictureSyntax read(NalBits in) {
        in.skip(16);
        int id = in.ue();
        int sps = in.ue();
        boolean dependentSlices = in.flag();
        boolean outputFlag = in.flag();
        int extraHeaderBits = in.bits(3);
        in.skip(1);
        boolean cabacInit = in.flag();
        int references0 = in.ue() + 1;
        int references1 = in.ue() + 1;
        in.se();
        in.skip(1);
        boolean transformSkip = in.flag();
        if (in.flag()) {
            in.ue();
        }
        in.se();
        in.se();
        boolean chromaOffsets = in.flag();
        boolean weighted = in.flag();
        boolean weightedBi = in.flag();
        in.skip(1);
        boolean tiles = in.flag();
        boolean wavefronts = in.flag();
        if (tiles) {
            int columns = in.ue();
            int rows = in.ue();
            if (!in.flag()) {
                for (int i = 0; i < columns + rows && !in.overrun(); i++) {
                    in.ue();
                }
            }
            in.skip(1);
        }
        boolean filterAcrossSlices = in.flag();
        boolean deblockingOverride = false;
        boolean deblockingOff = false;
        if (in.flag()) {
            deblockingOverride = in.flag();
            deblockingOff = in.flag();
            if (!deblockingOff) {
                in.se();
                in.se();
            }
        }
        if (in.flag()) {
            HevcSequenceSyntax.skipScalingLists(in);
        }
        boolean listModification = in.flag();
        in.ue();
        boolean headerExtension = in.flag();
        boolean chromaOffsetList = false;
        if (in.flag()) {
            boolean range = in.flag();
            boolean others = in.bits(7) != 0;
            if (range) {
                if (transformSkip) {
                    in.ue();
                }
                in.skip(1);
                chromaOffsetList = in.flag();
            }
            if (others) {
                return null;
            }
        }
        return in.overrun()
                ? null
                : new HevcPictureSyntax(
                        id,
                        sps,
                        dependentSlices,
                        outputFlag,
                        extraHeaderBits,
                        cabacInit,
                        references0,
                        references1,
                        chromaOffsets,
                        weighted,
                        weightedBi,
                        tiles,
                        wavefronts,
                        filterAcrossSlices,
                        deblockingOverride,
                        deblockingOff,
                        listModification,
                        headerExtension,
                        chromaOffsetList);
    }
}
