package io.millrace.delivery.tempo;

/// Gives AAC frames one size by fill elements, ISO/IEC 14496-3 §4.4.2.7. Stateless.
///
/// A raw data block ends with `ID_END` (three ones) and zeros up to a whole byte. The fill elements
/// take the place of that end, which is written anew after them:
///
/// ```
/// 3  id_syn_ele = ID_FIL (6)
/// 4  count; 15: 8 more bits follow, count = 14 + these
/// 8  count times: extension_payload, EXT_FILL: 0000 0000, then 1010 0101 each
/// ```
final class AacPadding {
    /// Bytes an ADTS header without a checksum has.
    private static final int ADTS_HEADER = 7;

    private static final int MAX_FILL = 14 + 255;

    private AacPadding() {}

    /// Frames `[from, from + count)` of an ADTS stream without their headers, `frameBytes` each.
    ///
    /// @return null when one of them is larger
    /// @throws IllegalArgumentException when it is no such stream, or has fewer frames
    static byte @org.jspecify.annotations.Nullable [] frames(
            byte[] adts, int from, int count, int frameBytes) {
        byte[] out = new byte[Math.multiplyExact(count, frameBytes)];
        int at = 0;
        for (int frame = 0; frame < from + count; frame++) {
            if (at + ADTS_HEADER > adts.length
                    || (adts[at] & 0xFF) != 0xFF
                    || (adts[at + 1] & 0xF1) != 0xF1) {
                throw new IllegalArgumentException(
                        "adts: no frame "
                                + frame
                                + " at byte "
                                + at
                                + " of "
                                + adts.length
                                + " (expected: "
                                + (from + count)
                                + " frames)");
            }
            int length =
                    (adts[at + 3] & 3) << 11
                            | (adts[at + 4] & 0xFF) << 3
                            | (adts[at + 5] & 0xFF) >> 5;
            if (length <= ADTS_HEADER || length > adts.length - at) {
                throw new IllegalArgumentException("adts: frame of " + length + " bytes");
            }
            if (frame >= from) {
                int size = length - ADTS_HEADER;
                if (size > frameBytes) {
                    return null;
                }
                int target = (frame - from) * frameBytes;
                System.arraycopy(adts, at + ADTS_HEADER, out, target, size);
                pad(out, target, size, frameBytes);
            }
            at += length;
        }
        return out;
    }

    /// Makes a frame longer.
    ///
    /// @param out has it, and zeros behind it
    /// @param size the frame's bytes
    /// @param wanted at least `size`
    static void pad(byte[] out, int offset, int size, int wanted) {
        int last = size - 1;
        while (last > 0 && out[offset + last] == 0) {
            last--;
        }
        // After the last one of ID_END.
        int end = 8 * (last + 1) - Integer.numberOfTrailingZeros(out[offset + last] & 0xFF | 0x100);
        int gap = 8 * wanted - end;
        if (gap < 8) {
            return;
        }
        var bits = new Bits(out, 8 * offset + end - 3);
        bits.clear(3);
        while (gap >= 8) {
            // Seven bits a short element, fifteen a long one, and at most seven left for the end.
            boolean isLong = gap >= 15 + 8 * 15;
            int count = isLong ? Math.min(MAX_FILL, (gap - 15) / 8) : Math.min(14, (gap - 7) / 8);
            bits.put(6, 3);
            bits.put(isLong ? 15 : count, 4);
            if (isLong) {
                bits.put(count - 14, 8);
            }
            for (int i = 0; i < count; i++) {
                bits.put(i == 0 ? 0 : 0xA5, 8);
            }
            gap -= (isLong ? 15 : 7) + 8 * count;
        }
        bits.put(7, 3);
    }

    /// Writes bits over zeros.
    private static final class Bits {
        private final byte[] bytes;
        private int at;

        Bits(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        /// Zeros, where the writer stays.
        void clear(int count) {
            for (int bit = at; bit < at + count; bit++) {
                bytes[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
            }
        }

        void put(int value, int count) {
            for (int i = count - 1; i >= 0; i--, at++) {
                if ((value >> i & 1) != 0) {
                    bytes[at >> 3] |= (byte) (0x80 >> (at & 7));
                }
            }
        }
    }
}
