package io.millrace.liveingest.live;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Leaves out what has no place in a sample of `avc1` and `hvc1` (ISO/IEC 14496-15 §5.2.2, §8.3.2):
/// parameter sets, which are in the sample entry, delimiters and filler. SEI messages stay.
enum NalFilter {
    NONE,
    AVC_UNITS,
    HEVC_UNITS;

    /// Only lengths of four bytes, which all publishers send, are looked at.
    static NalFilter of(CodecConfig codec) {
        return switch (codec) {
            case AvcConfig avc when avc.nalLengthSize() == 4 -> AVC_UNITS;
            case HevcConfig hevc when hevc.nalLengthSize() == 4 -> HEVC_UNITS;
            default -> NONE;
        };
    }

    /// Borrows `unit`; returns a reference to release: the same bytes where nothing is left out.
    ByteBuf retained(ByteBuf unit) {
        int keep = this == NONE ? unit.readableBytes() : keptBytes(unit);
        if (keep == unit.readableBytes() || keep == 0) {
            return unit.retain();
        }
        ByteBuf kept = Unpooled.buffer(keep);
        int at = unit.readerIndex();
        int end = unit.writerIndex();
        while (end - at > 4) {
            int size = 4 + (int) Math.min(unit.getUnsignedInt(at), end - at - 4);
            if (size > 4 && !isLeftOut(unit.getByte(at + 4))) {
                kept.writeBytes(unit, at, size);
            }
            at += size;
        }
        return kept;
    }

    /// All of them where a length lies.
    private int keptBytes(ByteBuf unit) {
        int kept = 0;
        int at = unit.readerIndex();
        int end = unit.writerIndex();
        while (end - at > 4) {
            long length = unit.getUnsignedInt(at);
            if (length == 0 || length > end - at - 4) {
                return unit.readableBytes();
            }
            int size = 4 + (int) length;
            if (!isLeftOut(unit.getByte(at + 4))) {
                kept += size;
            }
            at += size;
        }
        return at == end ? kept : unit.readableBytes();
    }

    private boolean isLeftOut(byte header) {
        if (this == AVC_UNITS) {
            int type = header & 0x1F;
            return type == 7 || type == 8 || type == 9 || type == 12 || type == 13;
        }
        int type = header >> 1 & 0x3F;
        return type >= 32 && type <= 35 || type == 38;
    }
}
