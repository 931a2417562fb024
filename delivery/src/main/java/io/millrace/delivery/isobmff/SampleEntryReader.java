package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.NamedAudioConfig;
import io.millrace.delivery.codec.aac.AacConfig;
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
/// @param width of the picture by the entry, 0 for audio
/// @param aspectWidth of a pixel, by `pasp`
record SampleEntryReader(
        CodecConfig codec, byte[] box, int width, int height, int aspectWidth, int aspectHeight) {
    private static final int VISUAL_FIELDS = 78;
    private static final int MAX_ENTRY = 1 << 20;

    static SampleEntryReader read(BoxReader entry, boolean video)
            throws MalformedMediaException, UnsupportedMediaException {
        if (entry.left() > MAX_ENTRY) {
            throw new UnsupportedMediaException(
                    entry.path(), entry.offset(), entry.left() + " bytes of configuration");
        }
        byte[] box = entry.whole();
        return video ? readVideo(entry, box) : readAudio(entry, box);
    }

    private static SampleEntryReader readVideo(BoxReader entry, byte[] box)
            throws MalformedMediaException, UnsupportedMediaException {
        String type = FourCc.name(entry.type());
        entry.skip(24);
        int width = entry.u16();
        int height = entry.u16();
        entry.skip(VISUAL_FIELDS - 28);
        byte[] config = null;
        int aspectWidth = 1;
        int aspectHeight = 1;
        String wanted =
                switch (type) {
                    case "avc1", "avc3" -> "avcC";
                    case "hvc1", "hev1" -> "hvcC";
                    case "av01" -> "av1C";
                    case "vp09" -> "vpcC";
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
            }
        }
        if (config == null) {
            throw new MalformedMediaException(entry.path(), entry.offset(), "no " + wanted);
        }
        CodecConfig codec =
                switch (type) {
                    case "avc1", "avc3" -> AvcConfig.parse(config);
                    case "hvc1", "hev1" -> HevcConfig.parse(type, config);
                    case "av01" -> Av1Config.parse(config);
                    default -> Vp9Config.parse(config);
                };
        return new SampleEntryReader(codec, box, width, height, aspectWidth, aspectHeight);
    }

    private static SampleEntryReader readAudio(BoxReader entry, byte[] box)
            throws MalformedMediaException, UnsupportedMediaException {
        String type = FourCc.name(entry.type());
        entry.skip(8);
        int version = entry.u16();
        entry.skip(6);
        int channels = entry.u16();
        entry.skip(6);
        int sampleRate = (int) (entry.u32() >>> 16);
        // QuickTime's sound descriptions 1 and 2 have more fields before the children.
        if (version == 1) {
            entry.skip(16);
        } else if (version == 2) {
            entry.skip(36);
        }
        CodecConfig codec =
                switch (type) {
                    case "mp4a" -> mpeg4Audio(entry, sampleRate, channels);
                    case "Opus" -> new NamedAudioConfig("Opus", "opus", sampleRate, channels);
                    case "ac-3" -> dolby(entry, type, "dac3", sampleRate, channels);
                    case "ec-3" -> dolby(entry, type, "dec3", sampleRate, channels);
                    case "fLaC" -> new NamedAudioConfig("fLaC", "flac", sampleRate, channels);
                    case ".mp3" ->
                            new NamedAudioConfig("mp4a.40.34", "mp4a.40.34", sampleRate, channels);
                    default ->
                            throw new UnsupportedMediaException(
                                    entry.path(),
                                    entry.offset(),
                                    "audio codec '" + type + "' is not served");
                };
        byte[] repeated =
                version > 0 && codec instanceof AacConfig aac ? SampleEntries.aac(aac) : box;
        return new SampleEntryReader(codec, repeated, 0, 0, 1, 1);
    }

    /// AC-3 and E-AC-3 say their real layout in their own box: the entry's count is often 2.
    private static CodecConfig dolby(
            BoxReader entry, String type, String configBox, int sampleRate, int channels)
            throws MalformedMediaException {
        int real = channels;
        BoxReader config = find(entry, configBox);
        if (config != null && config.left() >= 3) {
            int acmod;
            boolean lfe;
            if (type.equals("ac-3")) {
                int bits = config.u8() << 16 | config.u8() << 8 | config.u8();
                acmod = bits >> 11 & 7;
                lfe = (bits >> 10 & 1) == 1;
            } else {
                config.skip(2);
                int bits = config.left() >= 2 ? config.u16() : 0;
                acmod = bits >> 1 & 7;
                lfe = (bits & 1) == 1;
                // fscod 2, bsid 5, reserved 1, asvc 1, bsmod 3, acmod 3, lfeon 1
            }
            int[] full = {2, 1, 2, 3, 3, 4, 4, 5};
            real = full[acmod] + (lfe ? 1 : 0);
        }
        return new NamedAudioConfig(type, type, sampleRate, real);
    }

    private static @Nullable BoxReader find(BoxReader entry, String name)
            throws MalformedMediaException {
        int wanted = FourCc.of(name);
        for (BoxReader child = entry.next(); child != null; child = entry.next()) {
            if (child.type() == wanted) {
                return child;
            }
            if (child.type() == FourCc.of("wave")) {
                BoxReader inner = child.child(name);
                if (inner != null) {
                    return inner;
                }
            }
        }
        return null;
    }

    private static CodecConfig mpeg4Audio(BoxReader entry, int sampleRate, int channels)
            throws MalformedMediaException, UnsupportedMediaException {
        BoxReader esds = find(entry, "esds");
        if (esds == null) {
            throw new MalformedMediaException(entry.path(), entry.offset(), "no esds");
        }
        esds.skip(4);
        EsDescriptor descriptor = EsDescriptor.read(esds);
        return switch (descriptor.objectType()) {
            case 0x40, 0x66, 0x67, 0x68 -> AacConfig.parse(descriptor.specificInfo());
            case 0x69, 0x6B ->
                    new NamedAudioConfig("mp4a.40.34", "mp4a.40.34", sampleRate, channels);
            default ->
                    throw new UnsupportedMediaException(
                            esds.path(),
                            esds.offset(),
                            "object type 0x"
                                    + Integer.toHexString(descriptor.objectType())
                                    + " is not served");
        };
    }
}
