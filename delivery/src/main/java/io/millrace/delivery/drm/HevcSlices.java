package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.List;

/// Lengths of H.265 slice segment headers, §7.3.6.1: read to their end with the parameter sets of
/// the track. Multi-layer and screen content extensions are not read. One thread at a time.
final class HevcSlices implements NalSampleLayout.Slices {
    private static final int MAX_SPS = 16;
    private static final int MAX_PPS = 64;
    private static final int MAX_PICTURES = 16;
    private static final int B = 0;
    private static final int P = 1;

    private final @Nullable HevcSequenceSyntax[] sequenceSets = new HevcSequenceSyntax[MAX_SPS];
    private final @Nullable HevcPictureSyntax[] pictureSets = new HevcPictureSyntax[MAX_PPS];
    private final NalBits in = new NalBits();
    private int used;

    HevcSlices(List<byte[]> parameterSets) {
        for (byte[] set : parameterSets) {
            if (set.length > 2) {
                switch (set[0] >> 1 & 0x3F) {
                    case 33 -> {
                        HevcSequenceSyntax sps = HevcSequenceSyntax.read(in.over(set));
                        if (sps != null && sps.id() < MAX_SPS) {
                            sequenceSets[sps.id()] = sps;
                        }
                    }
                    case 34 -> {
                        HevcPictureSyntax pps = HevcPictureSyntax.read(in.over(set));
                        if (pps != null && pps.id() < MAX_PPS && pps.sps() < MAX_SPS) {
                            pictureSets[pps.id()] = pps;
                        }
                    }
                    default -> {}
                }
            }
        }
    }

    @Override
    public boolean isSlice(int firstByte) {
        int type = firstByte >> 1 & 0x3F;
        return type <= 9 || type >= 16 && type <= 21;
    }

    @Override
    public int headerBytes(ByteBuffer bytes, int start, int end) {
        in.over(bytes, start, end);
        in.skip(1);
        int nal = in.bits(6);
        in.skip(9);
        boolean first = in.flag();
        if (nal >= 16 && nal <= 23) {
            in.skip(1);
        }
        int id = in.ue();
        HevcPictureSyntax pps = id < MAX_PPS ? pictureSets[id] : null;
        HevcSequenceSyntax sps = pps == null ? null : sequenceSets[pps.sps()];
        if (pps == null || sps == null) {
            return -1;
        }
        boolean dependent = false;
        if (!first) {
            dependent = pps.dependentSlices() && in.flag();
            in.skip(sps.addressBits());
        }
        if (!dependent && !skipIndependent(nal, pps, sps)) {
            return -1;
        }
        if (pps.tiles() || pps.wavefronts()) {
            int entryPoints = in.ue();
            if (entryPoints > 0) {
                int bits = in.ue() + 1;
                if (bits > 32 || entryPoints > 8 * (end - start)) {
                    return -1;
                }
                for (int i = 0; i < entryPoints && !in.overrun(); i++) {
                    in.skip(bits);
                }
            }
        }
        if (pps.headerExtension()) {
            int length = in.ue();
            if (length > 256) {
                return -1;
            }
            in.skip(8 * length);
        }
        in.skip(1); // alignment_bit_equal_to_one; its zeros fill the byte
        return in.overrun() ? -1 : in.position() - start;
    }

    private boolean skipIndependent(int nal, HevcPictureSyntax pps, HevcSequenceSyntax sps) {
        in.skip(pps.extraHeaderBits());
        int type = in.ue();
        if (type > 2) {
            return false;
        }
        if (pps.outputFlag()) {
            in.skip(1);
        }
        if (sps.separatePlanes()) {
            in.skip(2);
        }
        boolean temporalPrediction = false;
        used = 0;
        if (nal != 19 && nal != 20) {
            in.skip(sps.orderBits());
            if (!readReferenceSet(sps) || !readLongTerm(sps)) {
                return false;
            }
            temporalPrediction = sps.temporalPrediction() && in.flag();
        }
        boolean offsetLuma = false;
        boolean offsetChroma = false;
        if (sps.adaptiveOffset()) {
            offsetLuma = in.flag();
            offsetChroma = !sps.monochrome() && in.flag();
        }
        if (type == P || type == B) {
            if (!skipInter(type, pps, sps, temporalPrediction)) {
                return false;
            }
        }
        in.se(); // slice_qp_delta
        if (pps.chromaOffsets()) {
            in.se();
            in.se();
        }
        if (pps.chromaOffsetList()) {
            in.skip(1);
        }
        boolean deblockingOff = pps.deblockingOff();
        if (pps.deblockingOverride() && in.flag()) {
            deblockingOff = in.flag();
            if (!deblockingOff) {
                in.se();
                in.se();
            }
        }
        if (pps.filterAcrossSlices() && (offsetLuma || offsetChroma || !deblockingOff)) {
            in.skip(1);
        }
        return true;
    }

    private boolean readReferenceSet(HevcSequenceSyntax sps) {
        HevcReferenceSet[] sets = sps.referenceSets();
        if (!in.flag()) {
            HevcReferenceSet own = HevcReferenceSet.read(in, sets.length, sets);
            if (own == null) {
                return false;
            }
            used = own.usedCount();
        } else {
            int index = sets.length > 1 ? in.bits(HevcSequenceSyntax.bitsFor(sets.length)) : 0;
            if (index >= sets.length) {
                return false;
            }
            used = sets[index].usedCount();
        }
        return true;
    }

    private boolean readLongTerm(HevcSequenceSyntax sps) {
        if (!sps.longTerm()) {
            return true;
        }
        int known = sps.longTermPictures().length;
        int fromSps = known > 0 ? in.ue() : 0;
        int pictures = fromSps + in.ue();
        if (pictures > 2 * MAX_PICTURES + 1) {
            return false;
        }
        for (int i = 0; i < pictures && !in.overrun(); i++) {
            if (i < fromSps) {
                int index = known > 1 ? in.bits(HevcSequenceSyntax.bitsFor(known)) : 0;
                used += index < known && sps.longTermPictures()[index] ? 1 : 0;
            } else {
                in.skip(sps.orderBits());
                used += in.bit();
            }
            if (in.flag()) {
                in.ue();
            }
        }
        return true;
    }

    private boolean skipInter(
            int type, HevcPictureSyntax pps, HevcSequenceSyntax sps, boolean temporalPrediction) {
        int references0 = pps.references0();
        int references1 = pps.references1();
        if (in.flag()) {
            references0 = in.ue() + 1;
            if (type == B) {
                references1 = in.ue() + 1;
            }
        }
        if (references0 > MAX_PICTURES || references1 > MAX_PICTURES) {
            return false;
        }
        if (pps.listModification() && used > 1) {
            int bits = HevcSequenceSyntax.bitsFor(used);
            if (in.flag()) {
                in.skip(references0 * bits);
            }
            if (type == B && in.flag()) {
                in.skip(references1 * bits);
            }
        }
        if (type == B) {
            in.skip(1);
        }
        if (pps.cabacInit()) {
            in.skip(1);
        }
        if (temporalPrediction) {
            boolean fromFirst = type != B || in.flag();
            if (fromFirst ? references0 > 1 : references1 > 1) {
                in.ue();
            }
        }
        if (pps.weighted() && type == P || pps.weightedBi() && type == B) {
            in.ue();
            if (!sps.monochrome()) {
                in.se();
            }
            skipWeights(references0, sps.monochrome());
            if (type == B) {
                skipWeights(references1, sps.monochrome());
            }
        }
        in.ue(); // five_minus_max_num_merge_cand
        return true;
    }

    private void skipWeights(int references, boolean monochrome) {
        int luma = in.bits(references);
        int chroma = monochrome ? 0 : in.bits(references);
        for (int i = references - 1; i >= 0 && !in.overrun(); i--) {
            if ((luma >> i & 1) == 1) {
                in.se();
                in.se();
            }
            if ((chroma >> i & 1) == 1) {
                in.se();
                in.se();
                in.se();
                in.se();
            }
        }
    }
}
