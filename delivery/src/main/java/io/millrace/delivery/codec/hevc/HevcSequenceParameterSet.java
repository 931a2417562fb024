package io.millrace.delivery.codec.hevc;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.NalUnit;
import io.millrace.delivery.failure.MalformedMediaException;

/// What players need of `seq_parameter_set_rbsp`, H.265 §7.3.2.2 and annex E.
///
/// @param width after the conformance window, in pixels
/// @param chromaFormat 1 for 4:2:0, as `chroma_format_idc` has it
/// @param bitDepth of luma
/// @param color of the VUI
public record HevcSequenceParameterSet(
        int width,
        int height,
        int sampleAspectWidth,
        int sampleAspectHeight,
        int chromaFormat,
        int bitDepth,
        int chromaBits,
        ColorInfo color) {
    private static final int MAX_SIDE = 65_535;
    private static final int MAX_SHORT_TERM_SETS = 64;
    private static final int MAX_REFERENCES = 16;

    /// @param nal the NAL unit with its two header bytes
    public static HevcSequenceParameterSet parse(byte[] nal) throws MalformedMediaException {
        byte[] rbsp = NalUnit.unescape(nal);
        BitReader in = new BitReader(rbsp, 0, rbsp.length);
        in.skip(16 + 4);
        int maxSubLayersMinus1 = in.bits(3);
        in.skip(1);
        profileTierLevel(in, maxSubLayersMinus1);
        in.unsignedExpGolomb(); // sps_seq_parameter_set_id
        int chromaFormat = in.unsignedExpGolomb();
        if (chromaFormat > 3) {
            throw new MalformedMediaException(
                    "HEVC SPS: chroma_format_idc " + chromaFormat + " (expected: 0..3)");
        }
        boolean separatePlanes = chromaFormat == 3 && in.flag();
        long width = in.unsignedExpGolomb() & 0xFFFF_FFFFL;
        long height = in.unsignedExpGolomb() & 0xFFFF_FFFFL;
        if (width == 0 || width > MAX_SIDE || height == 0 || height > MAX_SIDE) {
            throw new MalformedMediaException("HEVC SPS: size " + width + "x" + height);
        }
        if (in.flag()) {
            int chroma = separatePlanes ? 0 : chromaFormat;
            int unitX = chroma == 1 || chroma == 2 ? 2 : 1;
            int unitY = chroma == 1 ? 2 : 1;
            long cropX = (offset(in) + offset(in)) * unitX;
            long cropY = (offset(in) + offset(in)) * unitY;
            if (cropX >= width || cropY >= height) {
                throw new MalformedMediaException("HEVC SPS: crop " + cropX + "x" + cropY);
            }
            width -= cropX;
            height -= cropY;
        }
        int bitDepth = 8 + in.unsignedExpGolomb();
        int chromaBits = 8 + in.unsignedExpGolomb();
        int pictureOrderBits = 4 + in.unsignedExpGolomb();
        int firstOrdering = in.flag() ? 0 : maxSubLayersMinus1;
        for (int i = firstOrdering; i <= maxSubLayersMinus1; i++) {
            in.unsignedExpGolomb();
            in.unsignedExpGolomb();
            in.unsignedExpGolomb();
        }
        for (int i = 0; i < 6; i++) {
            in.unsignedExpGolomb(); // block and transform sizes, transform depths
        }
        if (in.flag()) { // scaling_list_enabled_flag
            boolean listed = in.flag();
            if (listed) {
                scalingLists(in);
            }
        }
        in.skip(2); // amp, sample_adaptive_offset
        if (in.flag()) { // pcm
            in.skip(8);
            in.unsignedExpGolomb();
            in.unsignedExpGolomb();
            in.skip(1);
        }
        shortTermSets(in);
        if (in.flag()) { // long_term_ref_pics_present_flag
            int longTerm = in.unsignedExpGolomb();
            if (longTerm < 0 || longTerm > 32 || pictureOrderBits < 4 || pictureOrderBits > 16) {
                throw new MalformedMediaException(
                        "HEVC SPS: num_long_term_ref_pics_sps " + longTerm);
            }
            in.skip(longTerm * (pictureOrderBits + 1));
        }
        in.skip(2); // temporal_mvp, strong_intra_smoothing
        int[] aspect = {1, 1};
        ColorInfo color = ColorInfo.UNSPECIFIED;
        if (in.flag()) { // vui_parameters_present_flag
            if (in.flag()) {
                aspect = NalUnit.sampleAspect(in);
            }
            if (in.flag()) {
                in.skip(1); // overscan
            }
            if (in.flag()) { // video_signal_type_present_flag
                in.skip(3);
                boolean fullRange = in.flag();
                if (in.flag()) {
                    color = new ColorInfo(in.bits(8), in.bits(8), in.bits(8), fullRange);
                }
            }
        }
        return new HevcSequenceParameterSet(
                (int) width,
                (int) height,
                aspect[0],
                aspect[1],
                chromaFormat,
                bitDepth,
                chromaBits,
                color);
    }

    private static long offset(BitReader in) throws MalformedMediaException {
        return in.unsignedExpGolomb() & 0xFFFF_FFFFL;
    }

    /// `profile_tier_level( 1, maxSubLayersMinus1 )`, H.265 §7.3.3.
    private static void profileTierLevel(BitReader in, int maxSubLayersMinus1)
            throws MalformedMediaException {
        in.skip(8 + 32 + 48 + 8);
        int bits = 0;
        for (int i = 0; i < maxSubLayersMinus1; i++) {
            bits += in.flag() ? 88 : 0;
            bits += in.flag() ? 8 : 0;
        }
        if (maxSubLayersMinus1 > 0) {
            in.skip(2 * (8 - maxSubLayersMinus1));
        }
        in.skip(bits);
    }

    /// `scaling_list_data`, H.265 §7.3.4.
    private static void scalingLists(BitReader in) throws MalformedMediaException {
        for (int size = 0; size < 4; size++) {
            for (int matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1) {
                if (!in.flag()) {
                    in.unsignedExpGolomb();
                    continue;
                }
                int coefficients = Math.min(64, 1 << (4 + (size << 1)));
                if (size > 1) {
                    in.signedExpGolomb();
                }
                for (int i = 0; i < coefficients; i++) {
                    in.signedExpGolomb();
                }
            }
        }
    }

    /// All `st_ref_pic_set`, H.265 §7.3.7: only how long each is.
    private static void shortTermSets(BitReader in) throws MalformedMediaException {
        int sets = in.unsignedExpGolomb();
        if (sets < 0 || sets > MAX_SHORT_TERM_SETS) {
            throw new MalformedMediaException(
                    "HEVC SPS: num_short_term_ref_pic_sets " + sets + " (expected: 0..64)");
        }
        int pictures = 0; // of the set before
        for (int set = 0; set < sets; set++) {
            if (set > 0 && in.flag()) { // inter_ref_pic_set_prediction_flag
                in.skip(1);
                in.unsignedExpGolomb();
                int before = pictures;
                pictures = 0;
                for (int i = 0; i <= before; i++) {
                    boolean used = in.flag();
                    if (used || in.flag()) {
                        pictures++;
                    }
                }
            } else {
                int negative = in.unsignedExpGolomb();
                int positive = in.unsignedExpGolomb();
                if (negative < 0
                        || negative > MAX_REFERENCES
                        || positive < 0
                        || positive > MAX_REFERENCES) {
                    throw new MalformedMediaException(
                            "HEVC SPS: set of " + negative + " and " + positive + " pictures");
                }
                pictures = negative + positive;
                for (int i = 0; i < pictures; i++) {
                    in.unsignedExpGolomb();
                    in.skip(1);
                }
            }
        }
    }
}
