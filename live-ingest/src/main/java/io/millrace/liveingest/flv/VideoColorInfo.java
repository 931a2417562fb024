package io.millrace.liveingest.flv;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.liveingest.rtmp.amf.Amf0Reader;
import io.millrace.liveingest.rtmp.amf.AmfException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.netty.buffer.ByteBuf;

import java.util.List;
import java.util.Map;

/// The colorInfo of a video message's metadata packet (Enhanced RTMP, Metadata Frame).
///
/// Light levels are in cd/m², 0 where they are not said.
///
/// @param bitDepth 8, 10, 12, or 0
/// @param maxFall greatest average of a frame
/// @param maxCll greatest of a pixel
/// @param maxLuminance of the mastering display
/// @param minLuminance of the mastering display
public record VideoColorInfo(
        ColorInfo color,
        int bitDepth,
        double maxFall,
        double maxCll,
        double maxLuminance,
        double minLuminance) {
    /// Whatever was said before does not hold any more.
    public static final VideoColorInfo UNSPECIFIED =
            new VideoColorInfo(ColorInfo.UNSPECIFIED, 0, 0, 0, 0, 0);

    private static final AmfObject EMPTY = new AmfObject(Map.of());

    /// Borrows `amf`, whose reader index moves. An empty or undefined value resets.
    public static VideoColorInfo read(ByteBuf amf) throws FlvException {
        List<AmfValue> values;
        try {
            values = Amf0Reader.readAll(amf);
        } catch (AmfException e) {
            throw new FlvException("colorInfo: " + e.getMessage());
        }
        for (int i = 0; i + 1 < values.size(); i += 2) {
            if (values.get(i) instanceof AmfString(String name)
                    && name.equals("colorInfo")
                    && values.get(i + 1) instanceof AmfObject info) {
                return of(info);
            }
        }
        return UNSPECIFIED;
    }

    private static VideoColorInfo of(AmfObject info) {
        AmfObject config = part(info, "colorConfig");
        AmfObject light = part(info, "hdrCll");
        AmfObject display = part(info, "hdrMdcv");
        return new VideoColorInfo(
                new ColorInfo(
                        codePoint(config, "colorPrimaries"),
                        codePoint(config, "transferCharacteristics"),
                        codePoint(config, "matrixCoefficients"),
                        false),
                (int) config.number("bitDepth", 0),
                light.number("maxFall", 0),
                light.number("maxCLL", 0),
                display.number("maxLuminance", 0),
                display.number("minLuminance", 0));
    }

    private static AmfObject part(AmfObject info, String name) {
        return info.get(name) instanceof AmfObject part ? part : EMPTY;
    }

    /// 2 says "unspecified" in all three tables of ISO/IEC 23091-2.
    private static int codePoint(AmfObject config, String name) {
        double value = config.number(name, 2);
        return value >= 0 && value <= 255 ? (int) value : 2;
    }
}
