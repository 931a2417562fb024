package io.millrace.delivery.codec.avc;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.NalUnit;
import io.millrace.delivery.failure.MalformedMediaException;

/// What players need of `seq_parameter_set_rbsp`, H.264 §7.3.2.1.1 and annex E.
///
/// @param chromaFormat 1 for 4:2:0, as `chroma_format_idc` has it
/// @param width cropped, in pixels
/// @param color of the VUI
/// @param timeScale per second ticks of `num_units_in_tick`; two ticks are a frame. 0 when absent
public record AvcSequenceParameterSet(
        int profileIdc,
        int levelIdc,
        int chromaFormat,
        int lumaBits,
        int chromaBits,
        int width,
        int height,
        int sampleAspectWidth,
        int sampleAspectHeight,
        ColorInfo color,
        long numUnitsInTick,
        long timeScale) {

    private static final int MAX_MACROBLOCKS = 4096; // 65536 pixels a side

    /// Stands for one that comes with the pictures: nothing is known of them yet.
    static AvcSequenceParameterSet unknown(int profile, int level) {
        return new AvcSequenceParameterSet(
                profile, level, 1, 8, 8, 0, 0, 1, 1, ColorInfo.UNSPECIFIED, 0, 0);
    }

    /// @param nal the NAL unit with its header byte
    public static AvcSequenceParameterSet parse(byte[] nal) throws MalformedMediaException {
        byte[] rbsp = NalUnit.unescape(nal);
        BitReader in = new BitReader(rbsp, 0, rbsp.length);
        in.skip(8);
        int profile = in.bits(8);
        in.skip(8);
        int level = in.bits(8);
        in.unsignedExpGolomb(); // seq_parameter_set_id
        int chromaFormat = 1;
        int lumaBits = 8;
        int chromaBits = 8;
        boolean separatePlanes = false;
        if (hasChromaFormat(profile)) {
            chromaFormat = in.unsignedExpGolomb();
            if (chromaFormat > 3) {
                throw new MalformedMediaException(
                        "SPS: chroma_format_idc " + chromaFormat + " (expected: 0..3)");
            }
            if (chromaFormat == 3) {
                separatePlanes = in.flag();
            }
            lumaBits += in.unsignedExpGolomb();
            chromaBits += in.unsignedExpGolomb();
            in.skip(1);
            if (in.flag()) {
                for (int i = 0; i < (chromaFormat == 3 ? 12 : 8); i++) {
                    if (in.flag()) {
                        skipScalingList(in, i < 6 ? 16 : 64);
                    }
                }
            }
        }
        in.unsignedExpGolomb(); // log2_max_frame_num_minus4
        int orderType = in.unsignedExpGolomb();
        if (orderType == 0) {
            in.unsignedExpGolomb();
        } else if (orderType == 1) {
            in.skip(1);
            in.signedExpGolomb();
            in.signedExpGolomb();
            int cycle = in.unsignedExpGolomb();
            if (cycle > 255) {
                throw new MalformedMediaException(
                        "SPS: num_ref_frames_in_pic_order_cnt_cycle " + cycle);
            }
            for (int i = 0; i < cycle; i++) {
                in.signedExpGolomb();
            }
        }
        in.unsignedExpGolomb(); // max_num_ref_frames
        in.skip(1);
        int macroblocksWide = in.unsignedExpGolomb() + 1;
        int mapUnitsHigh = in.unsignedExpGolomb() + 1;
        if (macroblocksWide <= 0
                || macroblocksWide > MAX_MACROBLOCKS
                || mapUnitsHigh <= 0
                || mapUnitsHigh > MAX_MACROBLOCKS) {
            throw new MalformedMediaException(
                    "SPS: size " + macroblocksWide + "x" + mapUnitsHigh + " macroblocks");
        }
        boolean framesOnly = in.flag();
        if (!framesOnly) {
            in.skip(1);
        }
        in.skip(1);
        int width = macroblocksWide * 16;
        int height = mapUnitsHigh * 16 * (framesOnly ? 1 : 2);
        if (in.flag()) {
            int chroma = separatePlanes ? 0 : chromaFormat;
            int unitX = chroma == 1 || chroma == 2 ? 2 : 1;
            int unitY = (chroma == 1 ? 2 : 1) * (framesOnly ? 1 : 2);
            long cropX = ((long) in.unsignedExpGolomb() + in.unsignedExpGolomb()) * unitX;
            long cropY = ((long) in.unsignedExpGolomb() + in.unsignedExpGolomb()) * unitY;
            if (cropX < 0 || cropX >= width || cropY < 0 || cropY >= height) {
                throw new MalformedMediaException("SPS: crop " + cropX + "x" + cropY);
            }
            width -= (int) cropX;
            height -= (int) cropY;
        }
        int sarWidth = 1;
        int sarHeight = 1;
        ColorInfo color = ColorInfo.UNSPECIFIED;
        long units = 0;
        long scale = 0;
        if (in.left() > 0 && in.flag()) {
            if (in.flag()) {
                int[] aspect = NalUnit.sampleAspect(in);
                sarWidth = aspect[0];
                sarHeight = aspect[1];
            }
            if (in.flag()) {
                in.skip(1);
            }
            if (in.flag()) {
                in.skip(3);
                boolean fullRange = in.flag();
                if (in.flag()) {
                    color = new ColorInfo(in.bits(8), in.bits(8), in.bits(8), fullRange);
                }
            }
            if (in.flag()) {
                in.unsignedExpGolomb();
                in.unsignedExpGolomb();
            }
            if (in.left() > 0 && in.flag()) {
                units = in.bits(32) & 0xFFFF_FFFFL;
                scale = in.bits(32) & 0xFFFF_FFFFL;
            }
        }
        return new AvcSequenceParameterSet(
                profile,
                level,
                chromaFormat,
                lumaBits,
                chromaBits,
                width,
                height,
                sarWidth,
                sarHeight,
                color,
                units,
                scale);
    }

    private static boolean hasChromaFormat(int profile) {
        return switch (profile) {
            case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 -> true;
            default -> false;
        };
    }

    private static void skipScalingList(BitReader in, int size) throws MalformedMediaException {
        int last = 8;
        int next = 8;
        for (int i = 0; i < size; i++) {
            if (next != 0) {
                next = last + in.signedExpGolomb() & 0xFF;
            }
            last = next == 0 ? last : next;
        }
    }
}
