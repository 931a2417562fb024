package io.millrace.delivery.dash;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.media.Track;

/// `AudioChannelConfiguration`: which loudspeakers an audio track has signals for.
public final class AudioChannels {
    private AudioChannels() {}

    static void write(XmlWriter xml, Track audio) {
        write(xml, audio.audio());
    }

    public static void write(XmlWriter xml, AudioConfig audio) {
        int channels = audio.channels();
        boolean dolby = audio.dashCodecs().equals("ac-3") || audio.dashCodecs().equals("ec-3");
        String mask = dolby ? dolbyMask(channels) : "";
        xml.open("AudioChannelConfiguration");
        if (mask.isEmpty()) {
            xml.attribute("schemeIdUri", "urn:mpeg:mpegB:cicp:ChannelConfiguration")
                    .attribute("value", layout(channels));
        } else {
            xml.attribute("schemeIdUri", "tag:dolby.com,2014:dash:audio_channel_configuration:2011")
                    .attribute("value", mask);
        }
        xml.close();
    }

    /// ISO/IEC 23091-3 layouts by channel count: 6 is 5.1, 11 is 6.1, 12 is 7.1.
    private static int layout(int channels) {
        return switch (channels) {
            case 7 -> 11;
            case 8 -> 12;
            default -> channels;
        };
    }

    /// ETSI TS 102 366 table I.1.1: L, C, R, Ls, Rs from the top bit down; LFE is the lowest.
    private static String dolbyMask(int channels) {
        return switch (channels) {
            case 1 -> "4000";
            case 2 -> "A000";
            case 3 -> "E000";
            case 4 -> "B800";
            case 5 -> "F800";
            case 6 -> "F801";
            case 8 -> "FA01";
            default -> "";
        };
    }
}
