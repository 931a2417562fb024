package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.codec.vp9.Vp9Config;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

/// An entry of `stsd`, ISO/IEC 14496-12 §8.5.2 and the codecs' bindings.
///
/// @param codec what the entry configures
/// @param box the entry as fMP4 repeats it
/// @param width of the picture by the entry, its clean aperture where it has one; 0 for audio
/// @param cropped whether that is a clean aperture, which wins over the codec's own size
/// @param aspectWidth of a pixel, by `pasp`
record SampleEntryReader(
        CodecConfig codec,
        byte[] box,
        int width,
        int height,
        boolean cropped,
        int aspectWidth,
        int aspectHeight) {
    private static final int VISUAL_FIELDS = 78;
    private static final int MAX_ENTRY = 1 << 20;

    static SampleEntryReader read(BoxReader entry, boolean video)
            throws MalformedMediaException, UnsupportedMediaException {
        if (entry.left() > MAX_ENTRY) {
            throw new UnsupportedMediaException(
                    entry.path(), entry.offset(), entry.left() + " bytes of configuration");
        }
        byte[] box = entry.whole();
        return video ? readVideo(entry, box) : AudioEntryReader.read(entry, box);
    }

    private static SampleEntryReader readVideo(BoxReader entry, byte[] box)
            throws MalformedMediaException, UnsupportedMediaException {
        String type = FourCc.name(entry.type());
        entry.skip(24);
        int width = entry.u16();
        int height = entry.u16();
        entry.skip(VISUAL_FIELDS - 28);
        byte[] config = null;
        ColorInfo color = null;
        boolean cropped = false;
        int aspectWidth = 1;
        int aspectHeight = 1;
        String wanted =
                switch (type) {
                    case "avc1", "avc3" -> "avcC";
                    case "hvc1", "hev1" -> "hvcC";
                    case "av01" -> "av1C";
                    case "vp09" -> "vpcC";
                    case "encv" ->
                            throw new UnsupportedMediaException(
                                    entry.path(), entry.offset(), "the video is encrypted");
                    default ->
                            throw new UnsupportedMediaException(
                                    entry.path(),
                                    entry.offset(),
                                    "video codec '" + type + "' is not served");
                };
        for (BoxReader child = entry.next(); child != null; child = entry.next()) {
            String name = FourCc.name(child.type());
            if (name.equals(wanted) && config == null) {
                config = child.rest();
            } else if (name.equals("pasp") && child.left() >= 8) {
                int h = child.i32();
                int v = child.i32();
                if (h > 0 && v > 0 && h < 1 << 16 && v < 1 << 16) {
                    aspectWidth = h;
                    aspectHeight = v;
                }
            } else if (name.equals("colr") && child.left() >= 10) {
                color = color(child);
            } else if (name.equals("clap") && child.left() >= 16) {
                width = cleanSide(child, width);
                height = cleanSide(child, height);
                cropped = true;
            }
        }
        if (config == null) {
            throw new MalformedMediaException(entry.path(), entry.offset(), "no " + wanted);
        }
        VideoConfig codec =
                switch (type) {
                    case "avc1" -> AvcConfig.parse(config);
                    case "avc3" -> AvcConfig.parseInBand(config);
                    case "hvc1", "hev1" -> HevcConfig.parse(type, config);
                    case "av01" -> Av1Config.parse(config);
                    default -> Vp9Config.parse(config);
                };
        if (color != null) {
            codec = codec.withColor(color);
        }
        return new SampleEntryReader(codec, box, width, height, cropped, aspectWidth, aspectHeight);
    }

    /// `colr` of type `nclx` (or QuickTime's `nclc`, which has no range), ISO/IEC 14496-12 §12.1.5.
    private static @Nullable ColorInfo color(BoxReader colr) throws MalformedMediaException {
        String kind = FourCc.name(colr.i32());
        if (!kind.equals("nclx") && !kind.equals("nclc")) {
            return null; // an ICC profile
        }
        int primaries = colr.u16();
        int transfer = colr.u16();
        int matrix = colr.u16();
        boolean fullRange = kind.equals("nclx") && colr.left() > 0 && (colr.u8() & 0x80) != 0;
        ColorInfo color = new ColorInfo(primaries, transfer, matrix, fullRange);
        return color.isSpecified() ? color : null;
    }

    /// A side of the clean aperture (`clap`, §12.1.4), a fraction.
    private static int cleanSide(BoxReader clap, int whole) throws MalformedMediaException {
        int numerator = clap.i32();
        int denominator = clap.i32();
        if (numerator <= 0 || denominator <= 0 || numerator / denominator > whole) {
            return whole;
        }
        return Math.max(1, Math.round((float) numerator / denominator));
    }
}
