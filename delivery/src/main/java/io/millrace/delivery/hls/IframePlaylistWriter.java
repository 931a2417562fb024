package io.millrace.delivery.hls;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.mpegts.TsPacketizer;
import io.millrace.delivery.packaging.KeyFrames;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TrackPick;

/// The I-frame playlist of a video: what players show while the viewer scrubs.
///
/// MPEG-TS: byte ranges of the video-only segments, from the picture's first packet to its last,
/// with the segment's PAT and PMT as the map. fMP4: each picture is a fragment of its own, so that
/// a `moof` speaks of it alone.
public final class IframePlaylistWriter {
    /// PAT and PMT, with which each segment starts.
    private static final int TABLES = 2 * TsPacketizer.PACKET;

    private static final int TS_PAYLOAD = 184;

    /// PES header, delimiter and parameter sets, amply.
    private static final int TS_HEAD = 160;

    private IframePlaylistWriter() {}

    /// At most this is sent for a picture of so many bytes.
    static int tsBytes(int size) {
        return ((size + TS_HEAD) / TS_PAYLOAD + 2) * TsPacketizer.PACKET;
    }

    /// @param video of the presentation's first clip
    public static String write(Presentation presentation, TrackPick video, SegmentFormat format)
            throws UnsupportedMediaException {
        Rendition rendition = new Rendition(video, null);
        StringBuilder entries = new StringBuilder(64 * presentation.segmentCount());
        long longestUs = 0;
        int number = 0;
        for (Presentation.Clip clip : presentation.clips()) {
            Rendition here = MediaPlaylistWriter.counterpart(presentation, clip, rendition);
            TrackPick pick = here.video();
            if (pick == null) {
                throw new IllegalStateException("rendition: no video");
            }
            MediaPlaylistWriter.beginClip(entries, clip);
            KeyFrames frames = clip.set().keyFrames(pick);
            if (format == SegmentFormat.TS) {
                appendTs(entries, clip, here, frames, clip.set().tsKeyFrameRanges(pick));
            } else {
                appendFragments(entries, presentation, clip, here, frames, number);
            }
            number += frames.count();
            for (int n = 0; n < frames.count(); n++) {
                longestUs =
                        Math.max(
                                longestUs,
                                PlaylistDuration.micros(
                                        frames.time(n), frames.time(n + 1), timescale(pick)));
            }
        }
        boolean ts = format == SegmentFormat.TS;
        return "#EXTM3U\n#EXT-X-VERSION:5\n#EXT-X-TARGETDURATION:"
                + Math.max(1, (longestUs + 500_000) / 1_000_000)
                + "\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n"
                + (ts ? "" : "#EXT-X-INDEPENDENT-SEGMENTS\n")
                + entries
                + "#EXT-X-ENDLIST\n";
    }

    private static int timescale(TrackPick pick) {
        return pick.track().timescale();
    }

    private static void appendTs(
            StringBuilder out,
            Presentation.Clip clip,
            Rendition rendition,
            KeyFrames frames,
            long[] ranges) {
        MediaSet set = clip.set();
        MediaPlaylistWriter.NumberedName name =
                new MediaPlaylistWriter.NumberedName(
                        set.nameOf(MediaRequestName.Kind.TS_SEGMENT, 1, rendition, 0));
        int timescale = frames.planned().track().timescale();
        for (int n = 0; n < frames.count(); n++) {
            int segment = clip.segmentNumber(frames.segment(n));
            if (n == 0) {
                out.append("#EXT-X-MAP:URI=\"")
                        .append(set.nameOf(MediaRequestName.Kind.TS_SEGMENT, segment, rendition, 0))
                        .append("\",BYTERANGE=\"")
                        .append(TABLES)
                        .append("@0\"\n");
            }
            out.append("#EXTINF:");
            PlaylistDuration.append(out, frames.time(n), frames.time(n + 1), timescale);
            out.append(",\n#EXT-X-BYTERANGE:").append(ranges[2 * n + 1]).append('@');
            out.append(ranges[2 * n]).append('\n');
            name.append(out, segment);
        }
    }

    private static void appendFragments(
            StringBuilder out,
            Presentation presentation,
            Presentation.Clip clip,
            Rendition rendition,
            KeyFrames frames,
            int before) {
        MediaSet set = clip.set();
        out.append("#EXT-X-MAP:URI=\"")
                .append(
                        set.nameOf(
                                MediaRequestName.Kind.FMP4_INIT,
                                0,
                                MediaPlaylistWriter.clipToken(presentation, clip),
                                rendition,
                                0))
                .append("\"\n");
        MediaPlaylistWriter.NumberedName name =
                new MediaPlaylistWriter.NumberedName(
                        set.nameOf(MediaRequestName.Kind.KEY_FRAME, 1, rendition, 0));
        int timescale = frames.planned().track().timescale();
        for (int n = 0; n < frames.count(); n++) {
            out.append("#EXTINF:");
            PlaylistDuration.append(out, frames.time(n), frames.time(n + 1), timescale);
            out.append(",\n");
            name.append(out, before + n + 1);
        }
    }
}
