package io.millrace.delivery.codec.cea;

import io.millrace.delivery.codec.NalUnit;

import java.util.Arrays;

/// Finds `cc_data` in the SEI messages before a picture's slices: `user_data_registered_itu_t_t35`
/// of ATSC (H.264 §D.1.6, HEVC §D.2.6; ATSC A/53 part 4 §6.2.3). Stateless.
public final class CaptionMessage {
    private static final int T35 = 4;
    private static final int AVC_SEI = 6;
    private static final int HEVC_PREFIX_SEI = 39;

    /// Country 181 (United States), provider 49 (ATSC), `GA94`, 3: cc_data.
    private static final byte[] ATSC_CAPTIONS = {(byte) 0xB5, 0, 0x31, 'G', 'A', '9', '4', 3};

    private CaptionMessage() {}

    /// The triples of `cc_data`, or null where the picture has none.
    ///
    /// @param sample the start of one, NAL units with their lengths before them; cut anywhere
    /// @param lengthSize bytes of these lengths
    public static byte @org.jspecify.annotations.Nullable [] triples(
            byte[] sample, int lengthSize, boolean isHevc) {
        int headerSize = isHevc ? 2 : 1;
        int at = 0;
        while (at + lengthSize + headerSize < sample.length) {
            long length = 0;
            for (int i = 0; i < lengthSize; i++) {
                length = length << 8 | sample[at + i] & 0xFF;
            }
            at += lengthSize;
            int type = isHevc ? (sample[at] & 0xFF) >> 1 & 0x3F : sample[at] & 0x1F;
            boolean isSlice = isHevc ? type < 32 : type >= 1 && type <= 5;
            if (isSlice || length > sample.length - at) {
                return null;
            }
            if (type == (isHevc ? HEVC_PREFIX_SEI : AVC_SEI)) {
                byte[] found =
                        message(
                                NalUnit.unescape(
                                        Arrays.copyOfRange(
                                                sample, at + headerSize, at + (int) length)));
                if (found != null) {
                    return found;
                }
            }
            at += (int) length;
        }
        return null;
    }

    /// The first of some messages that has captions.
    private static byte @org.jspecify.annotations.Nullable [] message(byte[] sei) {
        int at = 0;
        while (at + 2 < sei.length) {
            int type = 0;
            while (at < sei.length && sei[at] == (byte) 0xFF) {
                type += 255;
                at++;
            }
            type += at < sei.length ? sei[at++] & 0xFF : 0;
            int size = 0;
            while (at < sei.length && sei[at] == (byte) 0xFF) {
                size += 255;
                at++;
            }
            size += at < sei.length ? sei[at++] & 0xFF : 0;
            if (size > sei.length - at) {
                return null;
            }
            int head = ATSC_CAPTIONS.length;
            if (type == T35
                    && size > head + 2
                    && Arrays.equals(sei, at, at + head, ATSC_CAPTIONS, 0, head)) {
                // process_em_data_flag, process_cc_data_flag, additional, cc_count (5); em_data (8)
                int count = sei[at + head] & 0x1F;
                boolean has = (sei[at + head] & 0x40) != 0;
                int from = at + head + 2;
                return has && from + 3 * count <= at + size
                        ? Arrays.copyOfRange(sei, from, from + 3 * count)
                        : null;
            }
            at += size;
        }
        return null;
    }
}
