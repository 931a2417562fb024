package io.millrace.liveingest.flv;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.ContentLight;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.codec.MasteringDisplay;
import io.millrace.delivery.codec.MasteringDisplay.Point;
import io.millrace.liveingest.rtmp.amf.Amf0Reader;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The colorInfo of a video message's metadata packet (Enhanced RTMP v1 and v2, Metadata Frame).
///
/// | property | holds |
/// |---|---|
/// | colorConfig | bitDepth, colorPrimaries, transferCharacteristics, matrixCoefficients |
/// | hdrCll | maxFall, maxCLL, in cd/m² |
/// | hdrMdcv | redX, redY … whitePointY (CIE 1931), maxLuminance, minLuminance in cd/m² |
///
/// @param bitDepth 8, 10, 12, or 0
public record VideoColorInfo(ColorInfo color, int bitDepth, HdrLight light) {
    /// Whatever was said before does not hold any more.
    public static final VideoColorInfo UNSPECIFIED =
            new VideoColorInfo(ColorInfo.UNSPECIFIED, 0, HdrLight.NONE);

    private static final String NAME = "colorInfo";
    private static final AmfObject EMPTY = new AmfObject(Map.of());
    private static final int CHROMATICITIES_PER_ONE = 50_000;
    private static final int LUMINANCES_PER_ONE = 10_000;
    private static final int MAX_NITS = 10_000;

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
                    && name.equals(NAME)
                    && values.get(i + 1) instanceof AmfObject info) {
                return of(info);
            }
        }
        return UNSPECIFIED;
    }

    /// Appends the values to `out`, which it borrows; what says nothing resets.
    public void write(ByteBuf out) {
        Amf0Writer.write(out, AmfValue.of(NAME));
        Amf0Writer.write(out, isUnspecified() ? AmfValue.Nothing.UNDEFINED : object());
    }

    /// Whether it says nothing that holds.
    public boolean isUnspecified() {
        return color.over(ColorInfo.UNSPECIFIED).equals(ColorInfo.UNSPECIFIED)
                && light.equals(HdrLight.NONE);
    }

    /// What of it a stream does not say itself; {@link #UNSPECIFIED} when that is nothing.
    ///
    /// @param own what the bit stream says of its colours
    public VideoColorInfo beyond(ColorInfo own) {
        boolean known = color.over(own).equals(own);
        VideoColorInfo rest =
                known ? new VideoColorInfo(ColorInfo.UNSPECIFIED, bitDepth, light) : this;
        return rest.isUnspecified() ? UNSPECIFIED : rest;
    }

    private static VideoColorInfo of(AmfObject info) {
        AmfObject config = part(info, "colorConfig");
        double bits = config.number("bitDepth", 0);
        return new VideoColorInfo(
                new ColorInfo(
                        codePoint(config, "colorPrimaries"),
                        codePoint(config, "transferCharacteristics"),
                        codePoint(config, "matrixCoefficients"),
                        false),
                bits >= 8 && bits <= 16 ? (int) bits : 0,
                new HdrLight(display(part(info, "hdrMdcv")), content(part(info, "hdrCll"))));
    }

    /// Null unless all of it is said: a box has no word for what is missing.
    private static @Nullable MasteringDisplay display(AmfObject display) {
        long brightest = scaled(display, "maxLuminance", LUMINANCES_PER_ONE, MAX_NITS);
        Point red = point(display, "red");
        Point green = point(display, "green");
        Point blue = point(display, "blue");
        Point white = point(display, "whitePoint");
        if (brightest == 0 || red == null || green == null || blue == null || white == null) {
            return null;
        }
        long darkest = scaled(display, "minLuminance", LUMINANCES_PER_ONE, MAX_NITS);
        return new MasteringDisplay(red, green, blue, white, brightest, darkest);
    }

    private static @Nullable Point point(AmfObject display, String name) {
        int x = (int) scaled(display, name + "X", CHROMATICITIES_PER_ONE, 1);
        int y = (int) scaled(display, name + "Y", CHROMATICITIES_PER_ONE, 1);
        return x == 0 || y == 0 ? null : new Point(x, y);
    }

    private static @Nullable ContentLight content(AmfObject light) {
        int pixel = (int) scaled(light, "maxCLL", 1, MAX_NITS);
        int average = (int) scaled(light, "maxFall", 1, MAX_NITS);
        return pixel == 0 && average == 0 ? null : new ContentLight(pixel, average);
    }

    /// 0 for what is no number above 0.
    private static long scaled(AmfObject of, String name, int perOne, int most) {
        double value = of.number(name, 0);
        return value > 0 ? Math.round(Math.min(value, most) * perOne) : 0;
    }

    private static AmfObject part(AmfObject info, String name) {
        return info.get(name) instanceof AmfObject part ? part : EMPTY;
    }

    /// 2 says "unspecified" in all three tables of ISO/IEC 23091-2.
    private static int codePoint(AmfObject config, String name) {
        double value = config.number(name, 2);
        return value >= 0 && value <= 255 ? (int) value : 2;
    }

    private AmfObject object() {
        var info = new LinkedHashMap<String, AmfValue>();
        var config = new LinkedHashMap<String, AmfValue>();
        if (bitDepth > 0) {
            config.put("bitDepth", AmfValue.of(bitDepth));
        }
        config.put("colorPrimaries", AmfValue.of(color.colorPrimaries()));
        config.put("transferCharacteristics", AmfValue.of(color.transferCharacteristics()));
        config.put("matrixCoefficients", AmfValue.of(color.matrixCoefficients()));
        info.put("colorConfig", new AmfObject(config));
        ContentLight content = light.content();
        if (content != null) {
            var cll = new LinkedHashMap<String, AmfValue>();
            put(cll, "maxFall", content.brightestAverage());
            put(cll, "maxCLL", content.brightestPixel());
            info.put("hdrCll", new AmfObject(cll));
        }
        MasteringDisplay display = light.display();
        if (display != null) {
            var mdcv = new LinkedHashMap<String, AmfValue>();
            put(mdcv, "red", display.red());
            put(mdcv, "green", display.green());
            put(mdcv, "blue", display.blue());
            put(mdcv, "whitePoint", display.white());
            put(mdcv, "maxLuminance", (double) display.maxLuminance() / LUMINANCES_PER_ONE);
            put(mdcv, "minLuminance", (double) display.minLuminance() / LUMINANCES_PER_ONE);
            info.put("hdrMdcv", new AmfObject(mdcv));
        }
        return new AmfObject(info);
    }

    private static void put(Map<String, AmfValue> into, String name, Point point) {
        put(into, name + "X", (double) point.x() / CHROMATICITIES_PER_ONE);
        put(into, name + "Y", (double) point.y() / CHROMATICITIES_PER_ONE);
    }

    /// What is not said is left out.
    private static void put(Map<String, AmfValue> into, String name, double value) {
        if (value > 0) {
            into.put(name, AmfValue.of(value));
        }
    }
}
