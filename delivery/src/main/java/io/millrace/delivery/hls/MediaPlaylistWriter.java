package io.millrace.delivery.hls;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SegmentPlan;
import io.millrace.delivery.packaging.SingleFile;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TrackFilter;

import java.util.List;
import java.util.Optional;

/// Media playlists of stored media; a discontinuity where a clip ends.
///
/// Three kinds: a resource per segment; byte ranges of one file per rendition; WebVTT segments.
public final class MediaPlaylistWriter {
    private static final int VERSION_TS = 3;

    /// `EXT-X-MAP` in a playlist of whole segments asks for 6.
    private static final int VERSION_FMP4 = 6;

    private MediaPlaylistWriter() {}

    /// @param rendition of the presentation's first clip; the other clips give their counterparts
    /// @throws UnsupportedMediaException when a clip has no such rendition
    public static String write(Presentation presentation, Rendition rendition, SegmentFormat format)
            throws UnsupportedMediaException {
        boolean ts = format == SegmentFormat.TS;
        StringBuilder out =
                begin(
                        presentation,
                        KeyTags.version(presentation.protection(), ts ? VERSION_TS : VERSION_FMP4));
        if (rendition.video() == null || presentation.isIndependent()) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition here = counterpart(presentation, clip, rendition);
            beginClip(out, clip);
            MediaSet set = clip.set();
            KeyTags.beforeMap(out, presentation.protection(), clip.number() == 1);
            if (!ts) {
                out.append("#EXT-X-MAP:URI=\"")
                        .append(
                                set.nameOf(
                                        MediaRequestName.Kind.FMP4_INIT,
                                        0,
                                        clipToken(presentation, clip),
                                        here,
                                        0))
                        .append("\"\n");
            }
            KeyTags.append(out, presentation.protection(), format);
            MediaRequestName.Kind kind =
                    ts ? MediaRequestName.Kind.TS_SEGMENT : MediaRequestName.Kind.HLS_FMP4_SEGMENT;
            NumberedName name = new NumberedName(set.nameOf(kind, 1, here, 0));
            for (int k = 0; k < set.plan().count(); k++) {
                if (!set.isEmpty(here, k)) {
                    duration(out, set.plan(), k);
                    name.append(out, clip.segmentNumber(k));
                }
            }
        }
        return out.append("#EXT-X-ENDLIST\n").toString();
    }

    /// The playlist of byte ranges of each clip's {@link SingleFile}.
    public static String writeRanges(Presentation presentation, Rendition rendition)
            throws UnsupportedMediaException {
        StringBuilder out = begin(presentation, VERSION_FMP4);
        if (rendition.video() == null || presentation.isIndependent()) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition here = counterpart(presentation, clip, rendition);
            beginClip(out, clip);
            MediaSet set = clip.set();
            SingleFile file = SingleFile.of(set, here);
            String name =
                    set.nameOf(
                            MediaRequestName.Kind.SINGLE_FILE,
                            0,
                            clipToken(presentation, clip),
                            here,
                            0);
            out.append("#EXT-X-MAP:URI=\"").append(name).append("\",BYTERANGE=\"");
            out.append(file.initBytes()).append("@0\"\n");
            for (int k = 0; k < set.plan().count(); k++) {
                if (!set.isEmpty(here, k)) {
                    duration(out, set.plan(), k);
                    out.append("#EXT-X-BYTERANGE:").append(file.segmentBytes(k)).append('@');
                    out.append(file.segmentOffset(k)).append('\n').append(name).append('\n');
                }
            }
        }
        return out.append("#EXT-X-ENDLIST\n").toString();
    }

    /// The playlist of a subtitle file's WebVTT segments, cut where the media are.
    public static String writeText(Presentation presentation, TextPick text) {
        StringBuilder out = begin(presentation, VERSION_TS);
        for (Presentation.Clip clip : presentation.clips()) {
            beginClip(out, clip);
            NumberedName name =
                    new NumberedName(
                            MediaRequestName.write(
                                    MediaRequestName.Kind.VTT_SEGMENT,
                                    1,
                                    List.of(
                                            new MediaRequestName.Sequence(
                                                    text.sequence(), "", TrackFilter.UNSAID)),
                                    TrackFilter.UNSAID,
                                    0));
            SegmentPlan plan = clip.set().plan();
            for (int k = 0; k < plan.count(); k++) {
                duration(out, plan, k);
                name.append(out, clip.segmentNumber(k));
            }
        }
        return out.append("#EXT-X-ENDLIST\n").toString();
    }

    private static StringBuilder begin(Presentation presentation, int version) {
        return new StringBuilder(256 + 48 * presentation.segmentCount())
                .append("#EXTM3U\n#EXT-X-VERSION:")
                .append(version)
                .append("\n#EXT-X-TARGETDURATION:")
                .append(presentation.targetDurationSeconds())
                .append("\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n");
    }

    static void beginClip(StringBuilder out, Presentation.Clip clip) {
        if (clip.number() > 1) {
            out.append("#EXT-X-DISCONTINUITY\n");
        }
    }

    /// 0, for none, in a presentation of one clip.
    static int clipToken(Presentation presentation, Presentation.Clip clip) {
        return presentation.isOneClip() ? 0 : clip.number();
    }

    static Rendition counterpart(
            Presentation presentation, Presentation.Clip clip, Rendition rendition)
            throws UnsupportedMediaException {
        Optional<Rendition> found = clip.set().counterpart(presentation.first().set(), rendition);
        return found.orElseThrow(
                () ->
                        new UnsupportedMediaException(
                                "clip "
                                        + clip.number()
                                        + " has no such track (expected: the tracks of the first"
                                        + " clip)"));
    }

    private static void duration(StringBuilder out, SegmentPlan plan, int k) {
        out.append("#EXTINF:");
        PlaylistDuration.append(out, plan.cut(k), plan.cut(k + 1), plan.timescale());
        out.append(",\n");
    }

    /// Names that are the same but for their number, which is 1 in the sample.
    static final class NumberedName {
        private final String before;
        private final String after;

        NumberedName(String sample) {
            int number = sample.indexOf('1');
            before = sample.substring(0, number);
            after = sample.substring(number + 1);
        }

        void append(StringBuilder out, int number) {
            out.append(before).append(number).append(after).append('\n');
        }
    }
}
