package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.dolby.Eac3Config;
import io.millrace.delivery.codec.flac.FlacConfig;
import io.millrace.delivery.codec.mp3.Mp3Config;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import org.jspecify.annotations.Nullable;

/// `AudioSampleEntry`, ISO/IEC 14496-12 §12.2.3, and QuickTime's sound descriptions.
///
/// | field | bytes |
/// |---|---|
/// | reserved, data reference | 6, 2 |
/// | version (QuickTime: 0, 1, 2), revision, vendor | 2, 2, 4 |
/// | channels, bits, compression id, packet size | 2, 2, 2, 2 |
/// | sample rate, 16.16 | 4 |
/// | QuickTime 1: samples and bytes per packet | 16 |
/// | QuickTime 2: size, rate (double), channels, 0x7F000000, bits, flags, bytes, frames | 36 |
/// | boxes; QuickTime may put the codec's into a `wave` | |
///
/// What QuickTime wrote its own way comes out as ISO writes it: that is what fMP4 repeats.
final class AudioEntryReader {
    private static final int QUICKTIME_1 = 16;
    private static final int QUICKTIME_2 = 36;

    /// What is before the boxes where nothing is QuickTime's.
    private static final int ISO_FIELDS = 28;

    private final BoxReader entry;
    private final String type;
    private int sampleRate;
    private int channels;

    private AudioEntryReader(BoxReader entry) throws MalformedMediaException {
        this.entry = entry;
        this.type = FourCc.name(entry.type());
        entry.skip(8);
        int version = entry.u16();
        entry.skip(6);
        channels = entry.u16();
        entry.skip(6);
        sampleRate = (int) (entry.u32() >>> 16);
        if (version == 1) {
            // ISO's version 1 (a `srat` box for high rates) has no more fields: then a box follows.
            if (!boxFollows()) {
                entry.skip(QUICKTIME_1);
            }
        } else if (version == 2) {
            entry.skip(4);
            double rate = Double.longBitsToDouble(entry.i64());
            sampleRate = rate >= 1 && rate <= 1 << 24 ? (int) Math.round(rate) : 0;
            channels = (int) Math.min(entry.u32(), 255);
            entry.skip(QUICKTIME_2 - 16);
        }
    }

    static SampleEntryReader read(BoxReader entry, byte[] box)
            throws MalformedMediaException, UnsupportedMediaException {
        AudioEntryReader reader = new AudioEntryReader(entry);
        AudioConfig codec = reader.codec();
        return new SampleEntryReader(codec, reader.asIso(codec, box), 0, 0, false, 1, 1);
    }

    private boolean boxFollows() throws MalformedMediaException {
        if (entry.left() < 8) {
            return true;
        }
        long size = entry.peekU32(0);
        int name = (int) entry.peekU32(4);
        return size >= 8 && size <= entry.left() && FourCc.isName(name);
    }

    private AudioConfig codec() throws MalformedMediaException, UnsupportedMediaException {
        return switch (type) {
            case "mp4a" -> mpeg4();
            case "Opus" -> OpusConfig.parse(config("dOps"));
            case "ac-3" -> Ac3Config.parse(config("dac3"), sampleRate);
            case "ec-3" -> Eac3Config.parse(config("dec3"), sampleRate);
            case "fLaC" -> FlacConfig.parse(config("dfLa"));
            case ".mp3" -> new Mp3Config(sampleRate, channels);
            case "enca" ->
                    throw new UnsupportedMediaException(
                            entry.path(), entry.offset(), "the audio is encrypted");
            default ->
                    throw new UnsupportedMediaException(
                            entry.path(),
                            entry.offset(),
                            "audio codec '" + type + "' is not served");
        };
    }

    private AudioConfig mpeg4() throws MalformedMediaException, UnsupportedMediaException {
        BoxReader esds = find("esds");
        if (esds == null) {
            throw new MalformedMediaException(entry.path(), entry.offset(), "no esds");
        }
        esds.skip(4);
        EsDescriptor descriptor = EsDescriptor.read(esds);
        return switch (descriptor.objectType()) {
            case 0x40, 0x66, 0x67, 0x68 -> AacConfig.parse(descriptor.specificInfo());
            case 0x69, 0x6B -> new Mp3Config(sampleRate, channels);
            default ->
                    throw new UnsupportedMediaException(
                            esds.path(),
                            esds.offset(),
                            "object type 0x"
                                    + Integer.toHexString(descriptor.objectType())
                                    + " is not served");
        };
    }

    private byte[] config(String name) throws MalformedMediaException {
        BoxReader box = find(name);
        if (box == null) {
            throw new MalformedMediaException(entry.path(), entry.offset(), "no " + name);
        }
        return box.rest();
    }

    /// The first box of a name, in the entry or in its `wave`. Leaves the position alone.
    private @Nullable BoxReader find(String name) throws MalformedMediaException {
        BoxReader children = entry.fromHere();
        int wanted = FourCc.of(name);
        for (BoxReader child = children.next(); child != null; child = children.next()) {
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

    private byte[] asIso(AudioConfig codec, byte[] box) throws MalformedMediaException {
        if (entry.position() == ISO_FIELDS && !type.equals(".mp3")) {
            return box;
        }
        return switch (codec) {
            case AacConfig aac -> SampleEntries.aac(aac);
            case Mp3Config mp3 -> SampleEntries.mp3(mp3);
            default -> {
                String name =
                        switch (type) {
                            case "Opus" -> "dOps";
                            case "ac-3" -> "dac3";
                            case "ec-3" -> "dec3";
                            case "fLaC" -> "dfLa";
                            default -> "esds";
                        };
                yield SampleEntries.audio(type, codec, name, config(name));
            }
        };
    }
}
