package io.millrace.delivery.vod;

import io.millrace.delivery.dash.MpdWriter;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.hls.MediaPlaylistWriter;
import io.millrace.delivery.hls.MultivariantPlaylistWriter;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.InitSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TsSegment;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Answers the requests below one media set's URL. Stateless; the same request on the same files
/// gives the same bytes.
public final class VodPackager {
    public static final String HLS_TYPE = "application/vnd.apple.mpegurl";
    public static final String DASH_TYPE = "application/dash+xml";
    public static final String TS_TYPE = "video/mp2t";
    public static final String VIDEO_MP4_TYPE = "video/mp4";
    public static final String AUDIO_MP4_TYPE = "audio/mp4";

    private VodPackager() {}

    /// @param format of HLS segments: which of the two flavours of playlists is asked for
    /// @throws MediaException when the files cannot be served this way
    public static Packaged answer(MediaSet set, MediaRequestName name, SegmentFormat format)
            throws MediaException {
        return switch (name.kind()) {
            case HLS_MULTIVARIANT ->
                    text(MultivariantPlaylistWriter.write(set, name, format), HLS_TYPE);
            case DASH_MPD -> text(MpdWriter.write(set), DASH_TYPE);
            case HLS_MEDIA, TS_SEGMENT, HLS_FMP4_SEGMENT, FMP4_INIT, DASH_SEGMENT -> {
                Optional<Rendition> rendition = set.rendition(name);
                yield rendition.isEmpty()
                        ? new Packaged.NotFound("no such track")
                        : answer(set, name, format, rendition.get());
            }
            case HLS_IFRAMES, VTT_SEGMENT, HLS_KEY ->
                    new Packaged.NotFound("not offered for this media");
        };
    }

    private static Packaged answer(
            MediaSet set, MediaRequestName name, SegmentFormat format, Rendition rendition)
            throws MediaException {
        return switch (name.kind()) {
            case HLS_MEDIA -> text(MediaPlaylistWriter.write(set, rendition, format), HLS_TYPE);
            case FMP4_INIT ->
                    new Packaged.Document(
                            InitSegment.write(set, rendition), mp4Type(rendition), false);
            case TS_SEGMENT, HLS_FMP4_SEGMENT, DASH_SEGMENT -> {
                int segment = name.segment() - 1;
                if (segment < 0
                        || segment >= set.plan().count()
                        || set.isEmpty(rendition, segment)) {
                    yield new Packaged.NotFound("no segment " + name.segment());
                }
                yield name.kind() == MediaRequestName.Kind.TS_SEGMENT
                        ? new Packaged.Segment(TsSegment.of(set, rendition, segment), TS_TYPE)
                        : new Packaged.Segment(
                                FragmentedSegment.of(set, rendition, segment), mp4Type(rendition));
            }
            case HLS_MULTIVARIANT, DASH_MPD, HLS_IFRAMES, VTT_SEGMENT, HLS_KEY ->
                    throw new IllegalArgumentException("name: " + name.kind());
        };
    }

    private static String mp4Type(Rendition rendition) {
        return rendition.video() == null ? AUDIO_MP4_TYPE : VIDEO_MP4_TYPE;
    }

    private static Packaged text(String body, String type) {
        return new Packaged.Document(body.getBytes(StandardCharsets.UTF_8), type, true);
    }
}
