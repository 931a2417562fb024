package io.millrace.delivery.codec.aac;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// `program_config_element`, ISO/IEC 14496-3 §4.4.1.1: the channels, where no number of the table
/// says them.
///
/// | field | bits |
/// |---|---|
/// | element_instance_tag, object_type, sampling_frequency_index | 4, 2, 4 |
/// | front, side, back, low frequency, associated data, coupling elements | 4, 4, 4, 2, 3, 4 |
/// | three times: a flag, and behind it 4, 4 or 3 bits of mixdown | 1 |
/// | per front, side and back element: pair, tag | 1, 4 |
/// | per low frequency and data element: tag | 4 |
/// | per coupling element: switched, tag | 1, 4 |
/// | padding to a byte, comment length, comment | |
///
/// @param element with `id_syn_ele` before it and without the comment: what a raw data block may
///   start with, in whole bytes
record ProgramConfig(int channels, byte[] element) {
    private static final int ID_PCE = 5;

    static ProgramConfig read(BitReader in) throws MalformedMediaException {
        Copy copy = new Copy(in);
        copy.append(3, ID_PCE);
        copy.bits(4 + 2 + 4);
        int front = copy.bits(4);
        int side = copy.bits(4);
        int back = copy.bits(4);
        int lowFrequency = copy.bits(2);
        int data = copy.bits(3);
        int coupling = copy.bits(4);
        for (int mixdownBits : new int[] {4, 4, 3}) {
            if (copy.bits(1) == 1) {
                copy.bits(mixdownBits);
            }
        }
        int channels = lowFrequency;
        for (int i = 0; i < front + side + back; i++) {
            channels += 1 + copy.bits(1);
            copy.bits(4);
        }
        for (int i = 0; i < lowFrequency + data; i++) {
            copy.bits(4);
        }
        for (int i = 0; i < coupling; i++) {
            copy.bits(5);
        }
        // The configuration's own padding and comment; what may follow starts behind them.
        in.skip(in.toByte());
        int comment = in.left() >= 8 ? in.bits(8) : 0;
        in.skip(Math.min(in.left(), 8 * comment));
        return new ProgramConfig(channels, copy.wholeBytes());
    }

    /// Reads bits and writes them again.
    private static final class Copy {
        private final BitReader in;
        private final byte[] out = new byte[96]; // the largest element has 79 bytes
        private int bit;

        Copy(BitReader in) {
            this.in = in;
        }

        int bits(int count) throws MalformedMediaException {
            int value = in.bits(count);
            append(count, value);
            return value;
        }

        void append(int count, int value) {
            for (int i = count - 1; i >= 0; i--, bit++) {
                out[bit >> 3] |= (byte) ((value >> i & 1) << (7 - (bit & 7)));
            }
        }

        /// Padded, and a comment of length 0.
        byte[] wholeBytes() {
            return java.util.Arrays.copyOf(out, (bit + 7) / 8 + 1);
        }
    }
}
