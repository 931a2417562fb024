package io.millrace.delivery.mpegts;

import io.millrace.delivery.failure.UnsupportedMediaException;

import java.nio.ByteBuffer;

/// Length-prefixed NAL units (ISO/IEC 14496-15) to start codes (H.264 annex B), in place: a length
/// of four bytes and a start code of four bytes take the same room.
public final class AnnexB {
    /// NAL units that {@link #expand} has room for in any access unit, and one more for so many
    /// bytes of it.
    private static final int ANY_UNITS = 80;

    private static final int BYTES_PER_UNIT = 64;

    private AnnexB() {}

    /// What an access unit becomes behind start codes, known from its size alone: lengths of one or
    /// two bytes grow by their number, which the index does not know, so room is left and filled
    /// with `trailing_zero_8bits`.
    public static int size(int nalLengthSize, int accessUnitBytes) {
        return nalLengthSize == 4
                ? accessUnitBytes
                : accessUnitBytes
                        + (4 - nalLengthSize) * (ANY_UNITS + accessUnitBytes / BYTES_PER_UNIT);
    }

    /// Copies an access unit with lengths of one or two bytes to `out`, from its position on, with
    /// start codes, filled up with zeros to {@link #size}. A delimiter of the source is left out.
    ///
    /// @param delimiter the delimiter that will stand before it, with start code
    /// @throws UnsupportedMediaException when it has more NAL units than there is room for
    public static void expand(
            ByteBuffer bytes,
            int start,
            int end,
            int nalLengthSize,
            byte[] delimiter,
            ByteBuffer out)
            throws UnsupportedMediaException {
        int limit = out.position() + size(nalLengthSize, end - start);
        int at = start;
        while (end - at > nalLengthSize) {
            int length = bytes.get(at) & 0xFF;
            if (nalLengthSize == 2) {
                length = length << 8 | bytes.get(at + 1) & 0xFF;
            }
            at += nalLengthSize;
            // A length that lies takes what is left.
            length = Math.min(length, end - at);
            if (length == 0) {
                continue;
            }
            if (!isDelimiter(bytes.get(at), delimiter)) {
                if (limit - out.position() < 4 + length) {
                    throw new UnsupportedMediaException(
                            "an access unit of "
                                    + (end - start)
                                    + " bytes in too many NAL units (expected: played as fMP4)");
                }
                out.putInt(1).put(out.position(), bytes, at, length);
                out.position(out.position() + length);
            }
            at += length;
        }
        while (out.position() < limit) {
            out.put((byte) 0);
        }
    }

    /// Rewrites the lengths of the access unit at `[start, end)`.
    ///
    /// A length that lies ends the walk there: what is left stays inside its own access unit, where
    /// decoders resynchronize.
    ///
    /// @param delimiter the delimiter that will stand before it, with start code
    /// @return where to copy from: past a delimiter of the source, which would be a second one
    public static int rewrite(ByteBuffer bytes, int start, int end, byte[] delimiter) {
        int at = start;
        int from = start;
        while (end - at >= 4) {
            int length = bytes.getInt(at);
            bytes.putInt(at, 1);
            if (at == start
                    && length + 4 == delimiter.length
                    && end - at > length + 4
                    && isDelimiter(bytes.get(at + 4), delimiter)) {
                from = at + 4 + length;
            }
            if (length < 0 || length > end - at - 4) {
                break;
            }
            at += 4 + length;
        }
        return from;
    }

    /// Same NAL type as the delimiter's, whichever codec's header it is.
    private static boolean isDelimiter(byte header, byte[] delimiter) {
        return delimiter.length == 6
                ? (header & 0x1F) == (delimiter[4] & 0x1F)
                : (header & 0x7E) == (delimiter[4] & 0x7E);
    }
}
