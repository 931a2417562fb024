package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Makes the `stsd` entries of streams that come without one (RTMP, MPEG-TS).
public final class SampleEntries {
    private SampleEntries() {}

    /// `avc1` with its `avcC`, ISO/IEC 14496-15 §5.4.2; `pasp` where pixels are not square.
    public static byte[] avc(AvcConfig config) {
        ByteBuf out = Unpooled.buffer(256);
        int entry = BoxWriter.begin(out, "avc1");
        out.writeZero(6);
        out.writeShort(1); // data reference
        out.writeZero(16);
        out.writeShort(config.width());
        out.writeShort(config.height());
        out.writeInt(0x480000); // 72 dpi
        out.writeInt(0x480000);
        out.writeInt(0);
        out.writeShort(1); // a sample is a frame
        out.writeZero(32);
        out.writeShort(0x18);
        out.writeShort(-1);
        int avcc = BoxWriter.begin(out, "avcC");
        out.writeBytes(config.record());
        BoxWriter.end(out, avcc);
        if (config.sampleAspectWidth() != config.sampleAspectHeight()) {
            int pasp = BoxWriter.begin(out, "pasp");
            out.writeInt(config.sampleAspectWidth());
            out.writeInt(config.sampleAspectHeight());
            BoxWriter.end(out, pasp);
        }
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    /// `mp4a` with its `esds`, ISO/IEC 14496-14 §5.6.
    public static byte[] aac(AacConfig config) {
        ByteBuf out = Unpooled.buffer(128);
        int entry = BoxWriter.begin(out, "mp4a");
        out.writeZero(6);
        out.writeShort(1); // data reference
        out.writeZero(8);
        out.writeShort(config.channels());
        out.writeShort(16);
        out.writeInt(0);
        // 16.16; a rate that does not fit is left to the decoder's configuration.
        out.writeInt(config.sampleRate() <= 0xFFFF ? config.sampleRate() << 16 : 0);
        int esds = BoxWriter.beginFull(out, "esds", 0, 0);
        int specific = config.specificConfig().length;
        int decoder = 13 + 5 + specific;
        descriptor(out, 3, 3 + 5 + decoder + 5 + 1); // ES_Descriptor
        out.writeShort(0);
        out.writeByte(0);
        descriptor(out, 4, decoder); // DecoderConfigDescriptor
        out.writeByte(0x40); // MPEG-4 audio
        out.writeByte(0x15); // audio stream
        out.writeMedium(0);
        out.writeInt(0);
        out.writeInt(0);
        descriptor(out, 5, specific); // DecoderSpecificInfo
        out.writeBytes(config.specificConfig());
        descriptor(out, 6, 1); // SLConfigDescriptor
        out.writeByte(2);
        BoxWriter.end(out, esds);
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    /// Tag and a length of four bytes, seven bits each.
    private static void descriptor(ByteBuf out, int tag, int length) {
        out.writeByte(tag);
        out.writeByte(0x80 | length >>> 21);
        out.writeByte(0x80 | length >>> 14);
        out.writeByte(0x80 | length >>> 7);
        out.writeByte(length & 0x7F);
    }

    private static byte[] bytes(ByteBuf out) {
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        out.release();
        return bytes;
    }
}
