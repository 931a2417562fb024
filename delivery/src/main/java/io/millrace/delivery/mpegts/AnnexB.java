package io.millrace.delivery.mpegts;

import java.nio.ByteBuffer;

/// Length-prefixed NAL units (ISO/IEC 14496-15) to start codes (H.264 annex B), in place: a length
/// of four bytes and a start code of four bytes take the same room.
public final class AnnexB {
    private AnnexB() {}

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
