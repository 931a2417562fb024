package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.List;

/// Lengths of H.264 slice headers, §7.3.3: read to their end with the parameter sets of the track.
/// One thread at a time.
final class AvcSlices implements NalSampleLayout.Slices {
    private static final int MAX_SPS = 32;
    private static final int MAX_PPS = 256;
    private static final int MAX_REFERENCES = 32;

    /// What slice headers want of `seq_parameter_set_rbsp`.
    private record Sps(
            boolean separatePlanes,
            boolean monochrome,
            int frameNumBits,
            int orderType,
            int orderBits,
            boolean orderAlwaysZero,
            boolean framesOnly) {}

    /// What slice headers want of `pic_parameter_set_rbsp`.
    private record Pps(
            int sps,
            boolean cabac,
            boolean bottomFieldOrder,
            int references0,
            int references1,
            boolean weighted,
            int weightedBi,
            boolean deblocking,
            boolean redundant) {}

    private final @Nullable Sps[] sequenceSets = new Sps[MAX_SPS];
    private final @Nullable Pps[] pictureSets = new Pps[MAX_PPS];
    private final NalBits in = new NalBits();

    /// @param parameterSets SPS and PPS NAL units; broken ones are as good as absent
    AvcSlices(List<byte[]> parameterSets) {
        for (byte[] set : parameterSets) {
            if (set.length > 1) {
                switch (set[0] & 0x1F) {
                    case 7 -> readSps(set);
                    case 8 -> readPps(set);
                    default -> {}
                }
            }
        }
    }

    @Override
    public boolean isSlice(int firstByte) {
        int type = firstByte & 0x1F;
        return type == 1 || type == 5;
    }

    private void readSps(byte[] nal) {
        in.over(nal);
        in.skip(8);
        int profile = in.bits(8);
        in.skip(16);
        int id = in.ue();
        int chroma = 1;
        boolean separate = false;
        boolean high =
                switch (profile) {
                    case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
                    default -> false;
                };
        if (high) {
            chroma = in.ue();
            separate = chroma == 3 && in.flag();
            in.ue();
            in.ue();
            in.skip(1);
            if (in.flag()) {
                for (int i = 0; i < (chroma == 3 ? 12 : 8); i++) {
                    if (in.flag()) {
                        skipScalingList(i < 6 ? 16 : 64);
                    }
                }
            }
        }
        int frameNumBits = in.ue() + 4;
        int orderType = in.ue();
        int orderBits = 0;
        boolean alwaysZero = false;
        if (orderType == 0) {
            orderBits = in.ue() + 4;
        } else if (orderType == 1) {
            alwaysZero = in.flag();
            in.se();
            in.se();
            int cycle = in.ue();
            for (int i = 0; i < cycle && !in.overrun(); i++) {
                in.se();
            }
        }
        in.ue(); // max_num_ref_frames
        in.skip(1);
        in.ue();
        in.ue();
        boolean framesOnly = in.flag();
        if (!in.overrun() && id < MAX_SPS && frameNumBits <= 16 && orderBits <= 16) {
            sequenceSets[id] =
                    new Sps(
                            separate,
                            separate || chroma == 0,
                            frameNumBits,
                            orderType,
                            orderBits,
                            alwaysZero,
                            framesOnly);
        }
    }

    private void skipScalingList(int size) {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size && !in.overrun(); i++) {
            if (next != 0) {
                int code = in.ue();
                int delta = (code & 1) == 1 ? (code >>> 1) + 1 : -(code >>> 1);
                next = last + delta & 0xFF;
            }
            last = next == 0 ? last : next;
        }
    }

    private void readPps(byte[] nal) {
        in.over(nal);
        in.skip(8);
        int id = in.ue();
        int sps = in.ue();
        boolean cabac = in.flag();
        boolean bottomFieldOrder = in.flag();
        int sliceGroups = in.ue();
        int references0 = in.ue() + 1;
        int references1 = in.ue() + 1;
        boolean weighted = in.flag();
        int weightedBi = in.bits(2);
        in.se();
        in.se();
        in.se();
        boolean deblocking = in.flag();
        in.skip(1);
        boolean redundant = in.flag();
        // Slice groups (FMO, Extended profile) are not read.
        if (!in.overrun() && id < MAX_PPS && sps < MAX_SPS && sliceGroups == 0) {
            pictureSets[id] =
                    new Pps(
                            sps,
                            cabac,
                            bottomFieldOrder,
                            references0,
                            references1,
                            weighted,
                            weightedBi,
                            deblocking,
                            redundant);
        }
    }

    @Override
    public int headerBytes(ByteBuffer bytes, int start, int end) {
        in.over(bytes, start, end);
        int nal = in.bits(8);
        boolean idr = (nal & 0x1F) == 5;
        in.ue(); // first_mb_in_slice
        int type = in.ue() % 5; // P, B, I, SP, SI
        int id = in.ue();
        Pps pps = id < MAX_PPS ? pictureSets[id] : null;
        Sps sps = pps == null ? null : sequenceSets[pps.sps];
        if (pps == null || sps == null) {
            return -1;
        }
        if (sps.separatePlanes) {
            in.skip(2);
        }
        in.skip(sps.frameNumBits);
        boolean field = false;
        if (!sps.framesOnly) {
            field = in.flag();
            if (field) {
                in.skip(1);
            }
        }
        if (idr) {
            in.ue();
        }
        boolean bottomOrder = pps.bottomFieldOrder && !field;
        if (sps.orderType == 0) {
            in.skip(sps.orderBits);
            if (bottomOrder) {
                in.se();
            }
        } else if (sps.orderType == 1 && !sps.orderAlwaysZero) {
            in.se();
            if (bottomOrder) {
                in.se();
            }
        }
        if (pps.redundant) {
            in.ue();
        }
        boolean b = type == 1;
        boolean inter = type == 0 || b || type == 3;
        int references0 = pps.references0;
        int references1 = pps.references1;
        if (b) {
            in.skip(1);
        }
        if (inter) {
            if (in.flag()) {
                references0 = in.ue() + 1;
                if (b) {
                    references1 = in.ue() + 1;
                }
            }
            if (references0 > MAX_REFERENCES || references1 > MAX_REFERENCES) {
                return -1;
            }
            skipListModification();
            if (b) {
                skipListModification();
            }
        }
        if (pps.weighted && inter && !b || pps.weightedBi == 1 && b) {
            in.ue();
            if (!sps.monochrome) {
                in.ue();
            }
            skipWeights(references0, sps.monochrome);
            if (b) {
                skipWeights(references1, sps.monochrome);
            }
        }
        if ((nal & 0x60) != 0) {
            skipReferenceMarking(idr);
        }
        boolean intra = type == 2 || type == 4;
        if (pps.cabac && !intra) {
            in.ue();
        }
        in.se(); // slice_qp_delta
        if (type == 3) {
            in.skip(1);
        }
        if (type >= 3) {
            in.se();
        }
        if (pps.deblocking && in.ue() != 1) {
            in.se();
            in.se();
        }
        return in.overrun() ? -1 : in.position() - start;
    }

    private void skipListModification() {
        if (in.flag()) {
            while (!in.overrun() && in.ue() != 3) {
                in.ue();
            }
        }
    }

    private void skipWeights(int references, boolean monochrome) {
        for (int i = 0; i < references && !in.overrun(); i++) {
            if (in.flag()) {
                in.se();
                in.se();
            }
            if (!monochrome && in.flag()) {
                in.se();
                in.se();
                in.se();
                in.se();
            }
        }
    }

    private void skipReferenceMarking(boolean idr) {
        if (idr) {
            in.skip(2);
        } else if (in.flag()) {
            while (!in.overrun()) {
                int operation = in.ue();
                if (operation == 0) {
                    break;
                }
                if (operation != 5) {
                    in.ue();
                }
                if (operation == 3) {
                    in.ue();
                }
            }
        }
    }
}
