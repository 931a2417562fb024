package io.millrace.delivery.packaging;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.isobmff.SampleEntryBoxes;
import io.millrace.delivery.media.Track;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// How a video's colours are meant, as manifests say it.
public final class VideoLook {
    private VideoLook() {}

    /// How wide a video is shown, in pixels.
    ///
    /// @param turned whether the format says how pictures are turned; MPEG-TS does not
    public static int width(Track video, boolean turned) {
        return turned && video.rotation().isSideways()
                ? video.displayHeight()
                : video.displayWidth();
    }

    /// How high.
    public static int height(Track video, boolean turned) {
        return turned && video.rotation().isSideways()
                ? video.displayWidth()
                : video.displayHeight();
    }

    /// By the container's `colr` box, else the codec's own word; SDR where neither speaks.
    public static ColorInfo.Range range(Track video) {
        return video.video().color().range();
    }

    /// `SUPPLEMENTAL-CODECS` of Dolby Vision over a base layer that others can play, like
    /// `dvh1.08.06/db4h`; null for all other video.
    public static @Nullable String supplementalCodecs(Track video) {
        byte[] box = SampleEntryBoxes.find(video.sampleEntry(), "dvvC");
        if (box == null) {
            box = SampleEntryBoxes.find(video.sampleEntry(), "dvcC");
        }
        if (box == null || box.length < 5) {
            return null;
        }
        // version 8+8 bits, profile 7, level 6, rpu, el, bl 1 each, compatibility 4
        int profile = box[2] >> 1 & 0x7F;
        int level = (box[2] & 1) << 5 | box[3] >> 3 & 0x1F;
        String brand =
                switch (box[4] >> 4 & 0xF) {
                    case 1 -> "db1p"; // HDR10
                    case 2 -> "db2g"; // SDR
                    case 4 -> "db4h"; // HLG
                    default -> "";
                };
        String entry =
                switch (profile) {
                    case 8 -> "dvh1";
                    case 9 -> "dva1";
                    case 10 -> "dav1";
                    default -> "";
                };
        return brand.isEmpty() || entry.isEmpty()
                ? null
                : String.format(Locale.ROOT, "%s.%02d.%02d/%s", entry, profile, level, brand);
    }
}
