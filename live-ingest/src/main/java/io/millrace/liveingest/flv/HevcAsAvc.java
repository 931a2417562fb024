package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

/// Tells HEVC that is sent under AVC's codec number 7, as OBS before 29.1 and some cameras do.
///
/// Every frame is looked at alone, so that nothing must be remembered. An H.264 slice has an odd
/// first byte (types 1 and 5); in HEVC's base layer every first byte is even, its lowest bit being
/// part of the layer id. So one odd NAL unit settles it, mostly the first.
final class HevcAsAvc {
    private static final int AVC_SPS = 7;
    private static final int AVC_SEI = 6;
    private static final int HVCC_FIXED_BYTES = 23;
    private static final int LENGTH_BYTES = 4;

    private HevcAsAvc() {}

    /// The codec of a decoder configuration. Borrows `in` and leaves its indices.
    static FlvCodec inConfig(FlvCodec said, ByteBuf in) {
        if (said != FlvCodec.AVC || isAvcRecord(in) || !isHevcRecord(in)) {
            return said;
        }
        return FlvCodec.HEVC;
    }

    /// `avcC`: its sixth byte says how many SPS follow, each behind a length of two bytes.
    private static boolean isAvcRecord(ByteBuf in) {
        int at = in.readerIndex();
        return in.readableBytes() > 8
                && (in.getByte(at + 5) & 0x1F) > 0
                && (in.getByte(at + 8) & 0x9F) == AVC_SPS;
    }

    /// `hvcC`: its first array is of parameter sets (types 32 to 34) or SEI (39).
    private static boolean isHevcRecord(ByteBuf in) {
        int at = in.readerIndex();
        if (in.readableBytes() <= HVCC_FIXED_BYTES || in.getByte(at) != 1) {
            return false;
        }
        int type = in.getByte(at + HVCC_FIXED_BYTES) & 0x3F;
        return in.getUnsignedByte(at + HVCC_FIXED_BYTES - 1) > 0
                && (type >= 32 && type <= 34 || type == 39);
    }

    /// The codec of an access unit. Borrows `in` and leaves its indices.
    static FlvCodec inFrame(FlvCodec said, ByteBuf in) {
        if (said != FlvCodec.AVC) {
            return said;
        }
        int at = in.readerIndex();
        int end = in.writerIndex();
        boolean hevc = false;
        while (end - at > LENGTH_BYTES + 1) {
            long length = in.getUnsignedInt(at);
            int first = in.getUnsignedByte(at + LENGTH_BYTES);
            if ((first & 1) != 0) {
                return said;
            }
            int second = in.getUnsignedByte(at + LENGTH_BYTES + 1);
            // The same byte as an H.264 SEI is also HEVC's type 3: that one says nothing.
            hevc |= first != AVC_SEI && isHevcSlice(first, second);
            if (length > end - at - LENGTH_BYTES) {
                break;
            }
            at += LENGTH_BYTES + (int) length;
        }
        return hevc ? FlvCodec.HEVC : said;
    }

    /// A slice's NAL unit header: base layer, temporal id plus one not zero.
    private static boolean isHevcSlice(int first, int second) {
        int type = first >> 1;
        return (type <= 9 || type >= 16 && type <= 21) && second >= 1 && second <= 7;
    }
}
