package io.millrace.delivery.vod;

import io.millrace.delivery.dash.MpdWriter;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.hls.MediaPlaylistWriter;
import io.millrace.delivery.hls.MultivariantPlaylistWriter;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.InitSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TsSegment;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Answers the requests below one presentation's URL. Stateless; the same request on the same files
/// gives the same bytes.
public final class VodPackager {
    public static final String HLS_TYPE = "application/vnd.apple.mpegurl";
    public static final String DASH_TYPE = "application/dash+xml";
    public static final String TS_TYPE = "video/mp2t";
    public static final String VIDEO_MP4_TYPE = "video/mp4";
    public static final String AUDIO_MP4_TYPE = "audio/mp4";

    private static final Packaged NO_TRACK = new Packaged.NotFound("no such track");

    private VodPackager() {}

    /// @param format of HLS segments: which of the two flavours of playlists is asked for
    /// @throws MediaException when the files cannot be served this way
    public static Packaged answer(
            Presentation presentation, MediaRequestName name, SegmentFormat format)
            throws MediaException {
        return switch (name.kind()) {
            case HLS_MULTIVARIANT ->
                    text(MultivariantPlaylistWriter.write(presentation, name, format), HLS_TYPE);
            case DASH_MPD -> text(MpdWriter.write(presentation), DASH_TYPE);
            case HLS_MEDIA -> {
                Optional<Rendition> rendition = presentation.first().set().rendition(name);
                yield rendition.isEmpty()
                        ? NO_TRACK
                        : text(
                                MediaPlaylistWriter.write(presentation, rendition.get(), format),
                                HLS_TYPE);
            }
            case FMP4_INIT -> init(presentation, name);
            case TS_SEGMENT, HLS_FMP4_SEGMENT, DASH_SEGMENT -> segment(presentation, name);
            case HLS_IFRAMES, VTT_SEGMENT, HLS_KEY ->
                    new Packaged.NotFound("not offered for this media");
        };
    }

    private static Packaged init(Presentation presentation, MediaRequestName name) {
        Optional<Presentation.Clip> clip = presentation.clip(name.clip());
        if (clip.isEmpty()) {
            return new Packaged.NotFound("no clip " + name.clip());
        }
        MediaSet set = clip.get().set();
        Optional<Rendition> rendition = set.rendition(name);
        return rendition.isEmpty()
                ? NO_TRACK
                : new Packaged.Document(
                        InitSegment.write(set, rendition.get()), mp4Type(rendition.get()), false);
    }

    private static Packaged segment(Presentation presentation, MediaRequestName name)
            throws MediaException {
        Optional<Presentation.Position> position = presentation.locate(name.segment());
        if (position.isEmpty()) {
            return new Packaged.NotFound("no segment " + name.segment());
        }
        MediaSet set = position.get().clip().set();
        int segment = position.get().segment();
        Optional<Rendition> rendition = set.rendition(name);
        if (rendition.isEmpty()) {
            return NO_TRACK;
        }
        if (set.isEmpty(rendition.get(), segment)) {
            return new Packaged.NotFound("no segment " + name.segment());
        }
        return name.kind() == MediaRequestName.Kind.TS_SEGMENT
                ? new Packaged.Segment(TsSegment.of(set, rendition.get(), segment), TS_TYPE)
                : new Packaged.Segment(
                        FragmentedSegment.of(set, rendition.get(), segment),
                        mp4Type(rendition.get()));
    }

    private static String mp4Type(Rendition rendition) {
        return rendition.video() == null ? AUDIO_MP4_TYPE : VIDEO_MP4_TYPE;
    }

    private static Packaged text(String body, String type) {
        return new Packaged.Document(body.getBytes(StandardCharsets.UTF_8), type, true);
    }
}
