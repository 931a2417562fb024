package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.ContentLight;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.codec.MasteringDisplay;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.mp3.Mp3Config;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Makes the `stsd` entries of streams that come without one (RTMP, MPEG-TS), or with one that only
/// QuickTime understands.
public final class SampleEntries {
    // Object types of ISO/IEC 14496-1 §7.2.6.6.
    private static final int MPEG_4_AUDIO = 0x40;
    private static final int MPEG_2_AUDIO = 0x69;
    private static final int MPEG_1_AUDIO = 0x6B;

    private SampleEntries() {}

    /// `avc1` with its `avcC`, ISO/IEC 14496-15 §5.4.2; `pasp` where pixels are not square.
    public static byte[] avc(AvcConfig config) {
        return video("avc1", config, "avcC", config.record());
    }

    /// A visual entry with one box of configuration, and `pasp` where pixels are not square; the
    /// size is the configuration's.
    public static byte[] video(String type, VideoConfig config, String configBox, byte[] body) {
        return video(type, config, configBox, body, HdrLight.NONE);
    }

    /// The same, with how the picture is meant: `colr` where the configuration has colours, `mdcv`
    /// and `clli` of its light.
    public static byte[] video(
            String type, VideoConfig config, String configBox, byte[] body, HdrLight light) {
        ByteBuf out = Unpooled.buffer(256);
        int entry = BoxWriter.begin(out, type);
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
        int box = BoxWriter.begin(out, configBox);
        out.writeBytes(body);
        BoxWriter.end(out, box);
        color(out, config.color());
        light(out, light);
        if (config.sampleAspectWidth() != config.sampleAspectHeight()) {
            int pasp = BoxWriter.begin(out, "pasp");
            out.writeInt(config.sampleAspectWidth());
            out.writeInt(config.sampleAspectHeight());
            BoxWriter.end(out, pasp);
        }
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    /// `colr` of type `nclx`, ISO/IEC 14496-12 §12.1.5.
    private static void color(ByteBuf out, ColorInfo color) {
        if (!color.isSpecified()) {
            return;
        }
        int colr = BoxWriter.begin(out, "colr");
        BoxWriter.type(out, "nclx");
        out.writeShort(color.colorPrimaries());
        out.writeShort(color.transferCharacteristics());
        out.writeShort(color.matrixCoefficients());
        out.writeByte(color.fullRange() ? 0x80 : 0);
        BoxWriter.end(out, colr);
    }

    /// `mdcv` and `clli`, ISO/IEC 14496-12 §12.1.7 and §12.1.6; primaries in HEVC's order.
    private static void light(ByteBuf out, HdrLight light) {
        MasteringDisplay display = light.display();
        if (display != null) {
            int mdcv = BoxWriter.begin(out, "mdcv");
            point(out, display.green());
            point(out, display.blue());
            point(out, display.red());
            point(out, display.white());
            out.writeInt((int) display.maxLuminance());
            out.writeInt((int) display.minLuminance());
            BoxWriter.end(out, mdcv);
        }
        ContentLight content = light.content();
        if (content != null) {
            int clli = BoxWriter.begin(out, "clli");
            out.writeShort(content.brightestPixel());
            out.writeShort(content.brightestAverage());
            BoxWriter.end(out, clli);
        }
    }

    private static void point(ByteBuf out, MasteringDisplay.Point point) {
        out.writeShort(point.x());
        out.writeShort(point.y());
    }

    /// `mp4a` with its `esds`, ISO/IEC 14496-14 §5.6.
    public static byte[] aac(AacConfig config) {
        ByteBuf out = Unpooled.buffer(128);
        int entry = beginAudio(out, "mp4a", config);
        int esds = BoxWriter.beginFull(out, "esds", 0, 0);
        elementaryStream(out, MPEG_4_AUDIO, config.specificConfig());
        BoxWriter.end(out, esds);
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    /// `mp4a` that says MP3: QuickTime's own `.mp3` entry is known to few players.
    public static byte[] mp3(Mp3Config config) {
        ByteBuf out = Unpooled.buffer(128);
        int entry = beginAudio(out, "mp4a", config);
        int esds = BoxWriter.beginFull(out, "esds", 0, 0);
        elementaryStream(out, config.isMpeg1() ? MPEG_1_AUDIO : MPEG_2_AUDIO, new byte[0]);
        BoxWriter.end(out, esds);
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    /// An audio entry as ISO has it, with one box of configuration.
    public static byte[] audio(String type, AudioConfig config, String configBox, byte[] body) {
        ByteBuf out = Unpooled.buffer(64 + body.length);
        int entry = beginAudio(out, type, config);
        int box = BoxWriter.begin(out, configBox);
        out.writeBytes(body);
        BoxWriter.end(out, box);
        BoxWriter.end(out, entry);
        return bytes(out);
    }

    private static int beginAudio(ByteBuf out, String type, AudioConfig config) {
        int entry = BoxWriter.begin(out, type);
        out.writeZero(6);
        out.writeShort(1); // data reference
        out.writeZero(8);
        out.writeShort(config.channels());
        out.writeShort(16);
        out.writeInt(0);
        // 16.16; a rate that does not fit is left to the decoder's configuration.
        out.writeInt(config.sampleRate() <= 0xFFFF ? config.sampleRate() << 16 : 0);
        return entry;
    }

    private static void elementaryStream(ByteBuf out, int objectType, byte[] specificInfo) {
        int specific = specificInfo.length;
        int decoder = 13 + (specific > 0 ? 5 + specific : 0);
        descriptor(out, 3, 3 + 5 + decoder + 5 + 1); // ES_Descriptor
        out.writeShort(0);
        out.writeByte(0);
        descriptor(out, 4, decoder); // DecoderConfigDescriptor
        out.writeByte(objectType);
        out.writeByte(0x15); // audio stream
        out.writeMedium(0);
        out.writeInt(0);
        out.writeInt(0);
        if (specific > 0) {
            descriptor(out, 5, specific); // DecoderSpecificInfo
            out.writeBytes(specificInfo);
        }
        descriptor(out, 6, 1); // SLConfigDescriptor
        out.writeByte(2);
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
