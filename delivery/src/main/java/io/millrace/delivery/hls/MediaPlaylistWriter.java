package io.millrace.delivery.hls;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SegmentPlan;

/// The media playlist of one rendition of stored media; a discontinuity where a clip ends.
public final class MediaPlaylistWriter {
    private static final int VERSION_TS = 3;

    /// `EXT-X-MAP` in a playlist of whole segments asks for 6.
    private static final int VERSION_FMP4 = 6;

    private MediaPlaylistWriter() {}

    /// @param rendition of the presentation's first clip; the other clips give their counterparts
    /// @throws UnsupportedMediaException when a clip has no such rendition
    public static String write(Presentation presentation, Rendition rendition, SegmentFormat format)
            throws UnsupportedMediaException {
        StringBuilder out = new StringBuilder(256 + 48 * presentation.segmentCount());
        boolean ts = format == SegmentFormat.TS;
        out.append("#EXTM3U\n#EXT-X-VERSION:").append(ts ? VERSION_TS : VERSION_FMP4);
        out.append("\n#EXT-X-TARGETDURATION:").append(presentation.targetDurationSeconds());
        out.append("\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n");
        out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        MediaSet first = presentation.first().set();
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition here =
                    clip.set()
                            .counterpart(first, rendition)
                            .orElseThrow(
                                    () ->
                                            new UnsupportedMediaException(
                                                    "clip "
                                                            + clip.number()
                                                            + " has no such track (expected: the"
                                                            + " tracks of the first clip)"));
            if (clip.number() > 1) {
                out.append("#EXT-X-DISCONTINUITY\n");
            }
            appendClip(out, presentation, clip, here, format);
        }
        return out.append("#EXT-X-ENDLIST\n").toString();
    }

    private static void appendClip(
            StringBuilder out,
            Presentation presentation,
            Presentation.Clip clip,
            Rendition rendition,
            SegmentFormat format) {
        MediaSet set = clip.set();
        SegmentPlan plan = set.plan();
        boolean ts = format == SegmentFormat.TS;
        if (!ts) {
            out.append("#EXT-X-MAP:URI=\"")
                    .append(
                            set.nameOf(
                                    MediaRequestName.Kind.FMP4_INIT,
                                    0,
                                    presentation.isOneClip() ? 0 : clip.number(),
                                    rendition,
                                    0))
                    .append("\"\n");
        }
        MediaRequestName.Kind kind =
                ts ? MediaRequestName.Kind.TS_SEGMENT : MediaRequestName.Kind.HLS_FMP4_SEGMENT;
        // The name is the same but for the number: make it once, around the number.
        String sample = set.nameOf(kind, 1, rendition, 0);
        int number = sample.indexOf('1');
        String before = sample.substring(0, number);
        String after = sample.substring(number + 1);
        for (int k = 0; k < plan.count(); k++) {
            if (set.isEmpty(rendition, k)) {
                continue;
            }
            out.append("#EXTINF:");
            PlaylistDuration.append(out, plan.cut(k), plan.cut(k + 1), plan.timescale());
            out.append(",\n")
                    .append(before)
                    .append(clip.segmentNumber(k))
                    .append(after)
                    .append('\n');
        }
    }
}
