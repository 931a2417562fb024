package io.millrace.delivery.codec.av1;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.failure.MalformedMediaException;

import org.jspecify.annotations.Nullable;

/// `sequence_header_obu`, AV1 §5.5, up to its colours.
public record Av1SequenceHeader(int maxWidth, int maxHeight, ColorInfo color) {
    private static final int OBU_SEQUENCE_HEADER = 1;
    private static final int SELECT_SCREEN_CONTENT_TOOLS = 2;
    private static final int BT_709 = 1;
    private static final int SRGB = 13;
    private static final int IDENTITY = 0;

    /// The first sequence header among the OBUs from `at` on, or null.
    static @Nullable Av1SequenceHeader find(byte[] obus, int at) throws MalformedMediaException {
        int position = at;
        while (position < obus.length) {
            int header = obus[position++];
            if ((header & 4) != 0) {
                position++; // extension
            }
            long size = obus.length - position;
            if ((header & 2) != 0) {
                size = 0;
                for (int i = 0; ; i++) {
                    if (i == 8 || position >= obus.length) {
                        throw new MalformedMediaException("av1C: size of an OBU");
                    }
                    int b = obus[position++];
                    size |= (b & 0x7FL) << 7 * i;
                    if ((b & 0x80) == 0) {
                        break;
                    }
                }
            }
            if (size > obus.length - position) {
                throw new MalformedMediaException(
                        "av1C: OBU of " + size + " bytes in " + (obus.length - position));
            }
            if ((header >> 3 & 0xF) == OBU_SEQUENCE_HEADER) {
                return read(new BitReader(obus, position, (int) size));
            }
            position += (int) size;
        }
        return null;
    }

    private static Av1SequenceHeader read(BitReader in) throws MalformedMediaException {
        int profile = in.bits(3);
        in.skip(1); // still_picture
        boolean reduced = in.flag();
        boolean decoderModel = false;
        if (reduced) {
            in.skip(5);
        } else {
            int delayBits = 0;
            if (in.flag()) { // timing_info_present_flag
                in.skip(64);
                if (in.flag()) {
                    uvlc(in);
                }
                decoderModel = in.flag();
                if (decoderModel) {
                    delayBits = in.bits(5) + 1;
                    in.skip(32 + 5 + 5);
                }
            }
            boolean initialDelay = in.flag();
            int points = in.bits(5) + 1;
            for (int i = 0; i < points; i++) {
                in.skip(12);
                if (in.bits(5) > 7) {
                    in.skip(1); // seq_tier
                }
                if (decoderModel && in.flag()) {
                    in.skip(2 * delayBits + 1);
                }
                if (initialDelay && in.flag()) {
                    in.skip(4);
                }
            }
        }
        int widthBits = in.bits(4) + 1;
        int heightBits = in.bits(4) + 1;
        int width = in.bits(widthBits) + 1;
        int height = in.bits(heightBits) + 1;
        if (!reduced && in.flag()) { // frame_id_numbers_present_flag
            in.skip(4 + 3);
        }
        in.skip(3); // superblock size, filter_intra, intra_edge_filter
        if (!reduced) {
            in.skip(4); // interintra, masked, warped, dual filter
            boolean orderHint = in.flag();
            if (orderHint) {
                in.skip(2);
            }
            int screenContent = in.flag() ? SELECT_SCREEN_CONTENT_TOOLS : in.bits(1);
            if (screenContent > 0 && !in.flag()) { // seq_choose_integer_mv
                in.skip(1);
            }
            if (orderHint) {
                in.skip(3);
            }
        }
        in.skip(3); // superres, cdef, restoration
        return new Av1SequenceHeader(width, height, color(in, profile));
    }

    /// `color_config`, AV1 §5.5.2.
    private static ColorInfo color(BitReader in, int profile) throws MalformedMediaException {
        boolean high = in.flag();
        if (profile == 2 && high) {
            in.skip(1);
        }
        boolean monochrome = profile != 1 && in.flag();
        int primaries = 2;
        int transfer = 2;
        int matrix = 2;
        if (in.flag()) {
            primaries = in.bits(8);
            transfer = in.bits(8);
            matrix = in.bits(8);
        }
        boolean rgb = primaries == BT_709 && transfer == SRGB && matrix == IDENTITY;
        boolean fullRange = !monochrome && rgb || in.flag();
        return new ColorInfo(primaries, transfer, matrix, fullRange);
    }

    private static void uvlc(BitReader in) throws MalformedMediaException {
        int zeros = 0;
        while (!in.flag()) {
            if (++zeros >= 32) {
                return;
            }
        }
        in.skip(zeros);
    }
}
