package io.millrace.delivery.vod;

import io.millrace.delivery.dash.MpdWriter;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.hls.IframePlaylistWriter;
import io.millrace.delivery.hls.MediaPlaylistWriter;
import io.millrace.delivery.hls.MultivariantPlaylistWriter;
import io.millrace.delivery.mpegts.TsStream;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.KeyFrameFragment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SingleFile;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TextSegment;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.packaging.TsSegment;
import io.millrace.delivery.webvtt.WebVttWriter;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// Answers the requests below one presentation's URL. Stateless; the same request on the same files
/// gives the same bytes.
public final class VodPackager {
    public static final String HLS_TYPE = "application/vnd.apple.mpegurl";
    public static final String DASH_TYPE = "application/dash+xml";
    public static final String TS_TYPE = "video/mp2t";
    public static final String VIDEO_MP4_TYPE = "video/mp4";
    public static final String AUDIO_MP4_TYPE = "audio/mp4";
    public static final String APPLICATION_MP4_TYPE = "application/mp4";
    public static final String VTT_TYPE = "text/vtt; charset=utf-8";
    public static final String TTML_TYPE = "application/ttml+xml; charset=utf-8";

    private static final Packaged NO_TRACK = new Packaged.NotFound("no such track");

    private VodPackager() {}

    /// @param asked the format of HLS segments; where MPEG-TS is asked for and the pictures or the
    ///   sound cannot travel in it, playlists name fMP4 segments
    /// @throws MediaException when the files cannot be served this way
    public static Packaged answer(
            Presentation presentation, MediaRequestName name, SegmentFormat asked)
            throws MediaException {
        SegmentFormat format =
                switch (name.kind()) {
                    case HLS_MULTIVARIANT, HLS_MEDIA, HLS_IFRAMES, VTT_SEGMENT ->
                            possible(presentation, asked);
                    default -> asked;
                };
        Protection protection = presentation.protection();
        if (protection != null) {
            String refusal = ProtectedAnswers.refusal(protection, name.kind(), format);
            if (refusal != null) {
                return new Packaged.NotFound(refusal);
            }
        }
        return switch (name.kind()) {
            case HLS_MULTIVARIANT, HLS_RANGE_MULTIVARIANT ->
                    text(MultivariantPlaylistWriter.write(presentation, name, format), HLS_TYPE);
            case DASH_MPD, DASH_NUMBER_MPD, DASH_STPP_MPD, DASH_ONDEMAND_MPD ->
                    text(MpdWriter.write(presentation, name), DASH_TYPE);
            case HLS_MEDIA, HLS_RANGE_MEDIA, HLS_IFRAMES -> playlist(presentation, name, format);
            case FMP4_INIT, SINGLE_FILE -> ofClip(presentation, name);
            case TS_SEGMENT, HLS_FMP4_SEGMENT, DASH_SEGMENT -> segment(presentation, name);
            case KEY_FRAME -> keyFrame(presentation, name);
            case VTT_SEGMENT, DASH_TTML, DASH_VTT -> text(presentation, name, format);
            case HLS_KEY -> ProtectedAnswers.key(protection);
        };
    }

    private static SegmentFormat possible(Presentation presentation, SegmentFormat asked) {
        MediaSet set = presentation.first().set();
        return asked == SegmentFormat.FMP4
                        || anyTravelsInTs(set.videos()) && anyTravelsInTs(set.audios())
                ? asked
                : SegmentFormat.FMP4;
    }

    private static boolean anyTravelsInTs(List<TrackPick> picks) {
        for (TrackPick pick : picks) {
            if (TsStream.carries(pick.track().codec())) {
                return true;
            }
        }
        return picks.isEmpty();
    }

    private static Packaged playlist(
            Presentation presentation, MediaRequestName name, SegmentFormat format)
            throws MediaException {
        MediaSet set = presentation.first().set();
        Optional<Rendition> rendition = set.rendition(name);
        if (rendition.isEmpty()) {
            Optional<TextPick> text = namedText(set, name);
            return text.isEmpty() || name.kind() != MediaRequestName.Kind.HLS_MEDIA
                    ? NO_TRACK
                    : text(MediaPlaylistWriter.writeText(presentation, text.get()), HLS_TYPE);
        }
        TrackPick video = rendition.get().video();
        return switch (name.kind()) {
            case HLS_RANGE_MEDIA ->
                    text(MediaPlaylistWriter.writeRanges(presentation, rendition.get()), HLS_TYPE);
            case HLS_IFRAMES ->
                    video == null
                            ? NO_TRACK
                            : text(
                                    IframePlaylistWriter.write(presentation, video, format),
                                    HLS_TYPE);
            default ->
                    text(
                            MediaPlaylistWriter.write(presentation, rendition.get(), format),
                            HLS_TYPE);
        };
    }

    /// The text that a name asks for outright: names of tracks may have no tokens, of text not.
    private static Optional<TextPick> namedText(MediaSet set, MediaRequestName name) {
        return name.sequences().isEmpty() ? Optional.empty() : set.text(name);
    }

    private static Packaged ofClip(Presentation presentation, MediaRequestName name)
            throws MediaException {
        Optional<Presentation.Clip> clip = presentation.clip(name.clip());
        if (clip.isEmpty()) {
            return new Packaged.NotFound("no clip " + name.clip());
        }
        MediaSet set = clip.get().set();
        Optional<Rendition> rendition = set.rendition(name);
        boolean init = name.kind() == MediaRequestName.Kind.FMP4_INIT;
        if (rendition.isEmpty()) {
            Optional<TextPick> text = namedText(set, name);
            return text.isEmpty() || !init
                    ? NO_TRACK
                    : new Packaged.Document(
                            TextSegment.init(text.get()), APPLICATION_MP4_TYPE, false);
        }
        return init
                ? new Packaged.Document(
                        ProtectedAnswers.init(presentation.protection(), set, rendition.get()),
                        mp4Type(rendition.get()),
                        false)
                : new Packaged.Segment(
                        SingleFile.of(set, rendition.get()), mp4Type(rendition.get()));
    }

    private static Packaged keyFrame(Presentation presentation, MediaRequestName name)
            throws MediaException {
        int n = name.segment() - 1;
        for (Presentation.Clip clip : presentation.clips()) {
            TrackPick video = clip.set().rendition(name).map(Rendition::video).orElse(null);
            if (video == null) {
                return NO_TRACK;
            }
            int count = clip.set().keyFrames(video).count();
            if (n < count) {
                return new Packaged.Segment(
                        KeyFrameFragment.of(clip.set(), video, n), VIDEO_MP4_TYPE);
            }
            n -= count;
        }
        return new Packaged.NotFound("no key frame " + name.segment());
    }

    private static Packaged text(
            Presentation presentation, MediaRequestName name, SegmentFormat format) {
        if (name.kind() == MediaRequestName.Kind.DASH_VTT) {
            Optional<Presentation.Clip> clip = presentation.clip(name.clip());
            Optional<TextPick> text = clip.flatMap(found -> found.set().text(name));
            return text.isEmpty()
                    ? NO_TRACK
                    : text(WebVttWriter.whole(text.get().text()), VTT_TYPE);
        }
        Optional<Presentation.Position> position = presentation.locate(name.segment());
        if (position.isEmpty()) {
            return new Packaged.NotFound("no segment " + name.segment());
        }
        MediaSet set = position.get().clip().set();
        Optional<TextPick> text = set.text(name);
        if (text.isEmpty()) {
            return NO_TRACK;
        }
        int segment = position.get().segment();
        return name.kind() == MediaRequestName.Kind.VTT_SEGMENT
                ? text(TextSegment.webVtt(set, text.get(), segment, format), VTT_TYPE)
                : text(TextSegment.ttml(set, text.get(), segment), TTML_TYPE);
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
            Optional<TextPick> text = namedText(set, name);
            return text.isEmpty() || name.kind() != MediaRequestName.Kind.DASH_SEGMENT
                    ? NO_TRACK
                    : new Packaged.Segment(
                            TextSegment.fragment(set, text.get(), segment), APPLICATION_MP4_TYPE);
        }
        if (set.isEmpty(rendition.get(), segment)) {
            return new Packaged.NotFound("no segment " + name.segment());
        }
        Protection protection = presentation.protection();
        if (protection != null) {
            boolean ts = name.kind() == MediaRequestName.Kind.TS_SEGMENT;
            return new Packaged.Segment(
                    ProtectedAnswers.segment(
                            presentation,
                            protection,
                            set,
                            rendition.get(),
                            segment,
                            name.segment(),
                            ts),
                    ts ? TS_TYPE : mp4Type(rendition.get()));
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
